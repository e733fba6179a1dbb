/**
 * What the tests need of the machine beyond Deno: a Chromium, a Vulkan driver, bubblewrap, a
 * nats-server. Each is looked for first, then fetched, then asked of the system's package manager where
 * that may be used.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

/** Path of a Chrome or Chromium that starts, or null. `BOTTEGA_CHROMIUM` names one. */
export function findChromium(): string | null {
  const named = Deno.env.get("BOTTEGA_CHROMIUM");
  const places = named ? [named] : [...installPlaces(), chromium.executablePath()];
  return places.find((path) => existsSync(path) && run(path, "--version")) ?? null;
}

/** Installs what is missing, telling each step on standard error. What cannot be had is left out. */
export function prepareMachine(): void {
  if (!findChromium()) {
    note("no Chrome or Chromium found: trying playwright's download");
    const fetched = run(
      Deno.execPath(),
      "run",
      "-A",
      "npm:playwright-core",
      "install",
      "--no-shell",
      "chromium",
    );
    if (!(fetched && findChromium())) installPackages("a Chromium", ["chromium"]);
    if (!findChromium()) note("no Chromium to be had: the browser tests will be skipped");
  }
  if (Deno.build.os === "linux" && !hasVulkanDriver()) {
    installPackages("a software Vulkan driver", ["mesa-vulkan-drivers", "libvulkan1"]);
  }
  if (Deno.build.os === "linux" && !run("bwrap", "--version")) {
    installPackages("a bubblewrap", ["bubblewrap"]);
  }
  if (Deno.build.os === "linux" && !run("nats-server", "--version")) {
    installPackages("a nats-server", ["nats-server"]);
  }
}

function installPlaces(): string[] {
  if (Deno.build.os === "darwin") {
    return ["Google Chrome", "Chromium"].map((app) =>
      `/Applications/${app}.app/Contents/MacOS/${app}`
    );
  }
  if (Deno.build.os === "windows") {
    return ["ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"]
      .map((variable) => `${Deno.env.get(variable)}\\Google\\Chrome\\Application\\chrome.exe`);
  }
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  return folders.flatMap((folder) => names.map((name) => `${folder}/${name}`));
}

function hasVulkanDriver(): boolean {
  if (Deno.env.get("VK_ICD_FILENAMES") || Deno.env.get("VK_DRIVER_FILES")) return true;
  return ["/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d"]
    .some((folder) => existsSync(folder) && [...Deno.readDirSync(folder)].length > 0);
}

/** Debian's package names; other distributions are told what to install. */
function installPackages(what: string, packages: string[]): void {
  const asRoot = Deno.uid() === 0 ? [] : ["sudo", "-n"];
  const apt = (...args: string[]) => {
    const [command = "", ...rest] = [...asRoot, "apt-get", ...args];
    return run(command, ...rest);
  };
  note(`no ${what.replace(/^an? /, "")} found: asking apt-get for ${packages.join(" ")}`);
  if (apt("update") && apt("install", "-y", "--no-install-recommends", ...packages)) return;
  note(`apt-get could not install ${what}; install ${packages.join(" and ")} by hand`);
}

/** Runs a command to its end; false where it is missing or fails. Its output is shown if it fails. */
function run(command: string, ...args: string[]): boolean {
  try {
    const { success, stderr } = new Deno.Command(command, {
      args,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      env: { DEBIAN_FRONTEND: "noninteractive" },
    }).outputSync();
    if (!success) note(new TextDecoder().decode(stderr).trim().split("\n").slice(-3).join("\n"));
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function note(text: string): void {
  console.error(`prepare: ${text}`);
}
