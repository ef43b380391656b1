/** A column of a text table. */
export type TextColumn = {
  readonly title: string;
  /** Numbers stand at the right. */
  readonly align: 'left' | 'right';
};

/** How a table is laid out. */
export type TextTableOptions = {
  /** Put before each line. @default '' */
  readonly indent?: string;
  /** Lines are cut to this many characters. @default no limit */
  readonly width?: number | undefined;
  /** No cell is wider than this; the rest becomes `…`. @default 60 */
  readonly cellWidth?: number;
};

/** Lines of a table with a head and a rule: null is an empty cell. */
export function formatTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly (string | null)[])[],
  options: TextTableOptions = {},
): readonly string[] {
  const cellWidth = options.cellWidth ?? 60;
  const cells = rows.map((row) => columns.map((_, index) => shorten(showText(row[index] ?? ''), cellWidth)));
  const widths = columns.map(({ title }, index) =>
    cells.reduce((width, row) => Math.max(width, row[index]!.length), title.length),
  );
  const line = (texts: readonly string[]) =>
    texts
      .map((text, index) =>
        columns[index]!.align === 'right' ? text.padStart(widths[index]!) : text.padEnd(widths[index]!),
      )
      .join('  ')
      .trimEnd();
  const lines = [
    line(columns.map(({ title }) => title)),
    line(widths.map((width) => '-'.repeat(width))),
    ...cells.map(line),
  ].map((text) => `${options.indent ?? ''}${text}`);
  return options.width === undefined ? lines : lines.map((text) => shorten(text, options.width!));
}

/** How many of the columns, from the left, have room side by side in `width` characters; one at least. */
export function countFitting(
  columns: readonly TextColumn[],
  rows: readonly (readonly (string | null)[])[],
  width: number,
): number {
  let used = 0;
  for (const [index, { title }] of columns.entries()) {
    const cells = rows.map((row) => showText(row[index] ?? '').length);
    used += Math.max(title.length, ...cells) + (index === 0 ? 0 : 2);
    if (used > width) {
      return Math.max(1, index);
    }
  }
  return columns.length;
}

/** Values come out of people's files: what would steer a terminal is shown instead. */
export function showText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) =>
    character === '\n'
      ? '\\n'
      : character === '\t'
        ? '\\t'
        : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** Whether values of a Trino type stand at the right. */
export function isNumeric(type: string): boolean {
  return /^(tinyint|smallint|integer|int|bigint|real|double|decimal)/.test(type);
}
