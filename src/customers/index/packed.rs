//! Slots one after the other in as few bytes as they need: three each up to 16 million customers, four beyond.

/// The first slot that does not fit into three bytes.
const WIDE: u32 = 1 << 24;
/// Slots for which room is made at once: doubling would waste a third of the memory.
const MORE: usize = 64;

/// A list of slots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Packed {
    bytes: Vec<u8>,
    is_wide: bool,
}

impl Packed {
    pub fn new(slots: &[u32]) -> Self {
        let mut packed = Self { is_wide: slots.iter().any(|slot| *slot >= WIDE), ..Self::default() };
        packed.bytes.reserve_exact(slots.len() * packed.width());
        slots.iter().for_each(|slot| packed.bytes.extend_from_slice(&slot.to_le_bytes()[..packed.width()]));
        packed
    }

    fn width(&self) -> usize {
        if self.is_wide { 4 } else { 3 }
    }

    pub fn len(&self) -> usize {
        self.bytes.len() / self.width()
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub fn get(&self, at: usize) -> Option<u32> {
        let width = self.width();
        self.bytes.get(at * width..(at + 1) * width).map(slot)
    }

    pub fn last(&self) -> Option<u32> {
        self.get(self.len().checked_sub(1)?)
    }

    /// How many slots at the beginning hold, where all that do come first.
    pub fn partition_point(&self, holds: impl Fn(u32) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.get(middle).is_some_and(&holds) { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// The slots from `from` up to before `to`.
    pub fn iter(&self, from: usize, to: usize) -> impl DoubleEndedIterator<Item = u32> + ExactSizeIterator + '_ {
        let width = self.width();
        self.bytes[from * width..to * width].chunks_exact(width).map(slot)
    }

    pub fn insert(&mut self, at: usize, slot: u32) {
        if slot >= WIDE && !self.is_wide {
            *self = self.widened();
        }
        let width = self.width();
        if self.bytes.len() == self.bytes.capacity() {
            self.bytes.reserve_exact(MORE * width);
        }
        let at = at * width;
        self.bytes.splice(at..at, slot.to_le_bytes()[..width].iter().copied());
    }

    fn widened(&self) -> Self {
        let bytes = self.iter(0, self.len()).flat_map(u32::to_le_bytes).collect();
        Self { bytes, is_wide: true }
    }

    pub fn remove(&mut self, at: usize) {
        let width = self.width();
        self.bytes.drain(at * width..(at + 1) * width);
    }

    /// Takes the slots from `at` on away, and yields them.
    pub fn split_off(&mut self, at: usize) -> Self {
        let bytes = self.bytes.split_off(at * self.width());
        self.bytes.shrink_to_fit();
        Self { bytes, is_wide: self.is_wide }
    }

    /// Adds another list's slots behind.
    pub fn append(&mut self, other: &Self) {
        let all: Vec<u32> = self.iter(0, self.len()).chain(other.iter(0, other.len())).collect();
        *self = Self::new(&all);
    }

    pub fn heap_bytes(&self) -> usize {
        self.bytes.capacity()
    }
}

/// Little-endian, of three or four bytes.
fn slot(bytes: &[u8]) -> u32 {
    match *bytes {
        [a, b, c] => u32::from_le_bytes([a, b, c, 0]),
        [a, b, c, d] => u32::from_le_bytes([a, b, c, d]),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Step {
        Insert(usize, u32),
        Remove(usize),
        SplitAndAppend(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        let slots = prop_oneof![8 => 0..WIDE, 1 => Just(WIDE - 1), 1 => WIDE..=u32::MAX];
        prop_oneof![
            4 => (any::<usize>(), slots).prop_map(|(at, slot)| Step::Insert(at, slot)),
            1 => any::<usize>().prop_map(Step::Remove),
            1 => any::<usize>().prop_map(Step::SplitAndAppend),
        ]
    }

    proptest! {
        #[test]
        fn it_holds_what_a_list_holds(steps in prop::collection::vec(step(), 0..200)) {
            let (mut list, mut packed) = (Vec::new(), Packed::default());
            for step in steps {
                match step {
                    Step::Insert(at, slot) => {
                        let at = at % (list.len() + 1);
                        list.insert(at, slot);
                        packed.insert(at, slot);
                    }
                    Step::Remove(at) if !list.is_empty() => {
                        let at = at % list.len();
                        list.remove(at);
                        packed.remove(at);
                    }
                    Step::SplitAndAppend(at) => {
                        let upper = packed.split_off(at % (list.len() + 1));
                        packed.append(&upper);
                    }
                    Step::Remove(_) => {}
                }
                prop_assert_eq!(packed.iter(0, packed.len()).collect::<Vec<_>>(), list.clone());
                prop_assert_eq!((packed.len(), packed.last()), (list.len(), list.last().copied()));
            }
            list.sort_unstable();
            let sorted = Packed::new(&list);
            for bound in [0, 1 << 20, WIDE - 1, WIDE, u32::MAX] {
                prop_assert_eq!(sorted.partition_point(|slot| slot < bound), list.partition_point(|slot| *slot < bound));
            }
        }
    }
}
