/**
 * A document that a model of the lab is trained on.
 *
 * @module
 */
import type { SampleSegment } from "../corpus/mod.ts";

/** A document in segments, whose markers become special tokens. */
export interface LabDocument {
  readonly id: string;
  readonly kind: "environment";
  readonly segments: readonly SampleSegment[];
}

/** A document of these segments. */
export function labDocument(id: string, segments: readonly SampleSegment[]): LabDocument {
  return { id, kind: "environment", segments };
}
