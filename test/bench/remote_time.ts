/**
 * The processor's time of processes of this machine: other work slows the clock, and not this.
 *
 * @module
 */

/** Seconds that these processes, and all that they have started, have computed so far. */
export function processorSeconds(pids: readonly number[]): number {
  const children = childrenByParent();
  const seen = new Set<number>();
  let ticks = 0;
  for (const left = [...pids]; left.length > 0;) {
    const pid = left.pop();
    if (pid === undefined || seen.has(pid)) continue;
    seen.add(pid);
    // Its own, in user and system mode, and that of the children that it has seen end.
    ticks += statOf(pid)?.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) ?? 0;
    left.push(...children.get(pid) ?? []);
  }
  return ticks / TICKS_PER_SECOND;
}

const TICKS_PER_SECOND = 100;

function childrenByParent(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const { name } of Deno.readDirSync("/proc")) {
    const pid = Number(name);
    const parent = Number.isInteger(pid) ? Number(statOf(pid)?.[1]) : NaN;
    if (!Number.isNaN(parent)) children.set(parent, [...children.get(parent) ?? [], pid]);
  }
  return children;
}

/** The fields after a process's name; null where it has ended. See proc_pid_stat(5). */
function statOf(pid: number): string[] | null {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ") ?? null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
