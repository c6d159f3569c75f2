/** The first place whose value is above a number, in ascending values. */
export function firstAbove(count: number, valueAt: (place: number) => number, number: number): number {
  let [low, high] = [0, count - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if (valueAt(middle) > number) high = middle
    else low = middle + 1
  }
  return low
}
