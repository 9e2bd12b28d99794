import { eachOf } from '@web/lib/each';

describe('each of many', () => {
  it('is done, so many at a time', async () => {
    const done: number[] = [];
    let now = 0;
    let most = 0;
    await eachOf([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      most = Math.max(most, ++now);
      await Promise.resolve();
      --now;
      done.push(item);
    });
    expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(3);
    await eachOf([], 3, () => Promise.reject(new Error('there is none')));
  });

  it('ends with what fails, when what was begun is over', async () => {
    const done: number[] = [];
    const all = eachOf([1, 2, 3, 4, 5, 6], 2, async (item) => {
      await Promise.resolve();
      if (item === 3) throw new Error('not three');
      done.push(item);
    });
    await expect(all).rejects.toThrow('not three');
    expect(done).toEqual([1, 2, 4]);
  });
});
