/** Does it for each item, for `most` of them at a time. After one that fails none is begun; throws what it threw. */
export async function eachOf<T>(items: readonly T[], most: number, act: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  let failed = false;
  const work = async (): Promise<void> => {
    for (const item of waiting) {
      if (failed) return;
      try {
        await act(item);
      } catch (thrown) {
        failed = true;
        throw thrown;
      }
    }
  };
  const done = await Promise.allSettled(Array.from({ length: most }, work));
  const failure = done.find((each) => each.status === 'rejected');
  if (failure) throw failure.reason;
}
