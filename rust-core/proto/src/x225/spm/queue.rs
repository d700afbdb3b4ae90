//! A queue that mostly holds nothing, sometimes one thing, rarely more: empty it takes nothing from the heap.
use std::collections::VecDeque;

#[derive(Clone, Debug)]
pub(super) struct Queue<T> {
    first: Option<T>,
    /// What came after `first`. Not empty unless `first` is there.
    #[expect(
        clippy::box_collection,
        reason = "a pointer in each of many idle sessions instead of four words"
    )]
    rest: Option<Box<VecDeque<T>>>,
}

impl<T> Queue<T> {
    pub(super) const fn new() -> Queue<T> {
        Queue { first: None, rest: None }
    }

    pub(super) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.rest.as_ref().map_or(0, |rest| rest.len())
    }

    pub(super) fn back(&self) -> Option<&T> {
        self.rest.as_ref().and_then(|rest| rest.back()).or(self.first.as_ref())
    }

    pub(super) fn push_back(&mut self, item: T) {
        if self.first.is_none() {
            self.first = Some(item);
        } else {
            self.rest.get_or_insert_default().push_back(item);
        }
    }

    pub(super) fn pop_front(&mut self) -> Option<T> {
        let item = self.first.take()?;
        if let Some(rest) = &mut self.rest {
            self.first = rest.pop_front();
            if rest.is_empty() {
                self.rest = None;
            }
        }
        Some(item)
    }

    pub(super) fn truncate(&mut self, len: usize) {
        if len == 0 {
            *self = Queue::new();
        } else if let Some(rest) = &mut self.rest {
            rest.truncate(len - 1);
            if rest.is_empty() {
                self.rest = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Queue;
    use std::collections::VecDeque;

    #[test]
    fn it_does_what_a_queue_does() {
        let (mut queue, mut model) = (Queue::new(), VecDeque::new());
        let mut seed = 1u32;
        for step in 0..10_000u32 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            match seed >> 28 {
                0..=7 => {
                    queue.push_back(step);
                    model.push_back(step);
                }
                8..=12 => assert_eq!(queue.pop_front(), model.pop_front()),
                13 => {
                    let len = (seed >> 8) as usize % 12;
                    queue.truncate(len);
                    model.truncate(len);
                }
                _ => {}
            }
            assert_eq!(queue.len(), model.len());
        }
    }
}
