import type { GeneratedRecord } from './generator.ts';
import type { Random } from './random.ts';

/** One way to break a record, and the reason with which it must end in quarantine. */
export type Defect = {
  readonly reason: string;
  /** Column of the contract; null for what breaks the record as a whole. */
  readonly columnName: string | null;
  /** `fields` as they stand in the file, quoted where needed. */
  readonly breakFields: (fields: readonly string[]) => readonly string[];
};

/** A field in whose place a value stands that the contract rejects. */
export function replaceField(
  reason: string,
  columnName: string | null,
  position: number,
  value: string,
): Defect {
  return { reason, columnName, breakFields: (fields) => fields.with(position, value) };
}

/** The defects that any dataset can have: too many and too few fields, and at `position` a quote or a NUL that must not be. */
export function recordDefects(position: number): readonly Defect[] {
  return [
    { reason: 'ragged_row', columnName: null, breakFields: (fields) => [...fields, 'extra'] },
    { reason: 'ragged_row', columnName: null, breakFields: (fields) => fields.slice(0, -1) },
    replaceField('bad_quote', null, position, '"TEA" FOR ONE'),
    replaceField('bad_character', null, position, 'TEA\u0000FOR ONE'),
  ];
}

/** Turns the rows of a file into its records, with broken ones among them. */
export type Dirt = {
  addTo(header: string, rows: Iterable<readonly string[]>): Iterable<GeneratedRecord>;
};

/**
 * Dirt of one dataset. After a good record comes a broken copy of it, so often that they make `share` of all; each defect
 * has its turn before one comes again. Behind the last good record of a file it is one that lacks a closing quote: only
 * there, because it takes all that follows with it. A file never has more broken records than good ones, so none fails as a whole.
 */
export function createDirt(share: number, random: Random, defects: readonly Defect[]): Dirt {
  const chanceAfterGood = share / (1 - share);
  let turn = random.integer(0, defects.length - 1);
  const breakInTurn = (fields: readonly string[]): GeneratedRecord => {
    const defect = defects[turn]!;
    turn = (turn + 1) % defects.length;
    return plant(defect, fields);
  };
  return {
    *addTo(header, rows) {
      yield { text: header };
      if (share === 0) {
        for (const fields of rows) {
          yield { text: `${fields.join(',')}\n` };
        }
        return;
      }
      let previous: readonly string[] | undefined;
      for (const fields of rows) {
        if (previous !== undefined && random.chance(chanceAfterGood)) {
          yield breakInTurn(previous);
        }
        yield { text: `${fields.join(',')}\n` };
        previous = fields;
      }
      if (previous !== undefined && random.chance(chanceAfterGood)) {
        yield plant(UNTERMINATED_QUOTE, previous);
      }
    },
  };
}

const UNTERMINATED_QUOTE: Defect = {
  reason: 'unterminated_quote',
  columnName: null,
  breakFields: (fields) => fields.with(-1, '"TEA FOR ONE'),
};

/** The record broken in this way; `end` is empty where the file ends with it. */
export function plant(defect: Defect, fields: readonly string[], end = '\n'): GeneratedRecord {
  return {
    text: defect.breakFields(fields).join(',') + end,
    planted: { reason: defect.reason, columnName: defect.columnName },
  };
}
