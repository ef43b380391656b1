/** Does `work` on every item, a few at a time, and hands back the outcomes in the items' order. */
export async function runInTurns<Item, Outcome>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Outcome>,
): Promise<readonly PromiseSettledResult<Outcome>[]> {
  const outcomes: PromiseSettledResult<Outcome>[] = [];
  let next = 0;
  const takeTurns = async () => {
    while (next < items.length) {
      const index = next;
      next += 1;
      const [outcome] = await Promise.allSettled([work(items[index] as Item)]);
      outcomes[index] = outcome as PromiseSettledResult<Outcome>;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, takeTurns));
  return outcomes;
}
