//! What is kept, what leaves, and where it is dropped.

use super::*;
use std::sync::Arc;

const fn size(entries: usize, bytes: usize) -> Size {
    Size { entries, bytes }
}

/// Room for `owner` and `all` entries of no weight, or for three of [`HEAVY`] bytes each.
fn lru(owner: usize, all: usize) -> Lru<usize, Arc<Mutex<usize>>, &'static str> {
    let bounds = Bounds {
        idle: Duration::from_secs(60),
        owner: size(owner, 3 * (HEAVY + ENTRY_BYTES)),
        all: size(all, 5 * (HEAVY + ENTRY_BYTES)),
        remembered: 4,
    };
    Lru::new(bounds, |_, bytes| *bytes.lock())
}

const HEAVY: usize = 1 << 20;

fn weight(bytes: usize) -> Arc<Mutex<usize>> {
    Arc::new(Mutex::new(bytes))
}

fn kept(lru: &Lru<usize, Arc<Mutex<usize>>, &'static str>, keys: impl IntoIterator<Item = usize>) -> Vec<usize> {
    let entries = lru.entries.lock();
    keys.into_iter().filter(|key| entries.turns.contains_key(key)).collect()
}

#[test]
fn the_newest_enters_and_the_least_recently_used_leaves() {
    let lru = lru(100, 100);
    for key in 0..20_000 {
        lru.insert("a", key, weight(0));
        assert!(lru.get(&key).is_some(), "{key} did not enter");
        if key > 0 {
            assert!(lru.get(&0).is_some(), "0 is in use");
        }
    }
    let expected: Vec<_> = std::iter::once(0).chain(19_901..20_000).collect();
    assert_eq!(kept(&lru, 0..20_000), expected);
    assert_eq!(lru.size().entries, 100);
    assert_eq!(lru.why(&19_900), Some(Left::OwnerFull));
    assert_eq!(lru.why(&1), None, "what is known of entries that left is bounded, too");
}

#[test]
fn an_owner_pushes_out_its_own_and_all_together_the_oldest() {
    let lru = lru(3, 5);
    lru.insert("honest", 0, weight(0));
    for key in 1..1000 {
        lru.insert("leaks", key, weight(0));
    }
    assert_eq!(kept(&lru, 0..1000), [0, 997, 998, 999]);
    for (key, owner) in (1000..).zip(["b", "c", "d"]) {
        lru.insert(owner, key, weight(0));
    }
    assert_eq!(kept(&lru, 0..1003), [998, 999, 1000, 1001, 1002]);
    assert_eq!(lru.why(&0), Some(Left::Full));
    assert_eq!(
        lru.entries.lock().shares.len(),
        4,
        "an owner without entries is forgotten"
    );
}

#[test]
fn bytes_are_weighed_also_when_they_change() {
    let lru = lru(100, 100);
    for key in 0..4 {
        lru.insert("a", key, weight(HEAVY));
    }
    assert_eq!(kept(&lru, 0..4), [1, 2, 3]);
    let grows = weight(0);
    lru.insert("b", 4, Arc::clone(&grows));
    lru.insert("b", 5, weight(HEAVY));
    lru.insert("b", 6, weight(HEAVY));
    assert_eq!(
        kept(&lru, 0..7),
        [2, 3, 4, 5, 6],
        "five heavy ones are too many with the light one"
    );
    lru.insert("d", 8, weight(0));
    *grows.lock() = 2 * HEAVY;
    assert!(lru.reweigh(&4));
    assert_eq!(kept(&lru, 0..9), [2, 3, 4, 6, 8], "it is heavier now");
    assert_eq!(lru.size(), size(5, 5 * HEAVY + 5 * ENTRY_BYTES));
    assert!(!lru.reweigh(&5));

    lru.insert("c", 7, weight(4 * HEAVY));
    assert_eq!(
        kept(&lru, 0..9),
        [2, 3, 4, 6, 8],
        "what is too large pushes nothing out"
    );
    assert_eq!(lru.why(&7), Some(Left::OwnerFull));
    lru.insert("c", 6, weight(0));
    assert_eq!(
        lru.size(),
        size(5, 4 * HEAVY + 5 * ENTRY_BYTES),
        "in place of the one before"
    );
}

#[test]
fn small_ones_do_not_leave_for_a_large_one() {
    let lru = lru(100, 100);
    for key in 0..20 {
        lru.insert("a", key, weight(0));
    }
    for key in 20..30 {
        lru.insert("a", key, weight(HEAVY));
    }
    let small: Vec<_> = (0..20).chain([28, 29]).collect();
    assert_eq!(kept(&lru, 0..30), small);
    lru.insert("a", 30, weight(3 * HEAVY));
    assert_eq!(kept(&lru, 0..31), [18, 19, 30], "unless there is no other way");
}

#[test]
fn what_nobody_uses_leaves() {
    let (lru, start) = (lru(100, 100), Instant::now());
    let at = |seconds| start + Duration::from_secs(seconds);
    let idle = weight(0);
    lru.insert_at("a", 0, Arc::clone(&idle), start);
    lru.insert_at("a", 1, weight(0), start);
    assert!(lru.get_at(&0, at(60)).is_some());
    assert!(lru.get_at(&1, at(61)).is_none(), "also when it is what was asked for");
    assert_eq!(lru.why(&1), Some(Left::Idle));
    assert!(lru.get_at(&0, at(120)).is_some());
    lru.expire_at(at(181));
    assert_eq!(Arc::strong_count(&idle), 1);
    lru.insert_at("a", 2, weight(0), at(181));
    assert_eq!(kept(&lru, 0..3), [2]);
}

/// The same by the plainest of means: all entries in the order of their use, and each bound looked for from the front.
#[derive(Default)]
struct Model(Vec<(usize, &'static str, usize)>);

impl Model {
    fn enter(&mut self, key: usize, owner: &'static str, bytes: usize, bounds: &Bounds) {
        self.0.retain(|(other, ..)| *other != key);
        if bytes > bounds.owner.bytes {
            return;
        }
        self.0.push((key, owner, bytes));
        self.make_room(|other| other == owner, bounds.owner);
        self.make_room(|_| true, bounds.all);
    }

    fn make_room(&mut self, counts: impl Fn(&str) -> bool, most: Size) {
        loop {
            let size = self.size(&counts);
            let others = self.0[..self.0.len() - 1].iter();
            let bytes: usize = others
                .filter(|(_, owner, _)| counts(owner))
                .map(|(.., bytes)| bytes)
                .sum();
            let least = match (size.entries > most.entries, size.bytes > most.bytes) {
                (true, _) => 0,
                (_, true) => bytes / (size.entries - 1),
                _ => return,
            };
            let leaves = |(_, owner, bytes): &(usize, &str, usize)| counts(owner) && *bytes >= least;
            let at = self.0.iter().position(leaves).unwrap();
            self.0.remove(at);
        }
    }

    fn size(&self, counts: impl Fn(&str) -> bool) -> Size {
        let counted = self.0.iter().filter(|(_, owner, _)| counts(owner));
        counted.fold(Size::default(), |mut size, (.., bytes)| {
            size.add(*bytes);
            size
        })
    }
}

#[test]
fn any_use_leaves_what_a_plain_list_leaves() {
    let (lru, mut model, mut random) = (lru(4, 9), Model::default(), 1_u64);
    let mut next = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 33) as usize % below
    };
    for step in 0..20_000 {
        let (key, owner) = (next(20), ["a", "b", "c"][next(3)]);
        let at = model.0.iter().position(|(other, ..)| *other == key);
        match next(6) {
            0 | 1 => {
                let bytes = next(HEAVY * 13 / 4);
                lru.insert(owner, key, weight(bytes));
                model.enter(key, owner, bytes + ENTRY_BYTES, &lru.bounds);
            }
            2 => {
                assert_eq!(lru.get(&key).is_some(), at.is_some(), "step {step}");
                if let Some(at) = at {
                    let entry = model.0.remove(at);
                    model.0.push(entry);
                }
            }
            3 => {
                assert_eq!(lru.remove(&key).is_some(), at.is_some(), "step {step}");
                model.0.retain(|(other, ..)| *other != key);
            }
            4 => {
                let bytes = next(HEAVY);
                lru.get_or_insert(owner, key, || weight(bytes));
                match at {
                    Some(at) => {
                        let entry = model.0.remove(at);
                        model.0.push(entry);
                    }
                    None => model.enter(key, owner, bytes + ENTRY_BYTES, &lru.bounds),
                }
            }
            _ => {
                let (value, bytes) = (lru.get(&key), next(HEAVY * 13 / 4));
                if let (Some(value), Some(at)) = (value, at) {
                    *value.lock() = bytes;
                    assert!(lru.reweigh(&key));
                    let (_, owner, _) = model.0[at];
                    model.enter(key, owner, bytes + ENTRY_BYTES, &lru.bounds);
                }
            }
        }
        let mut expected: Vec<_> = model.0.iter().map(|(key, ..)| *key).collect();
        expected.sort_unstable();
        assert_eq!(kept(&lru, 0..20), expected, "step {step}");
        assert_eq!(lru.entries.lock().size, model.size(|_| true), "step {step}");
    }
}

#[test]
fn what_leaves_is_dropped_outside_the_lock() {
    struct Asks(Arc<Lru<usize, Arc<Self>>>, Arc<Mutex<usize>>);
    impl Drop for Asks {
        fn drop(&mut self) {
            *self.1.lock() += self.0.entries.try_lock().map_or(0, |_| 1);
        }
    }
    let bounds = Bounds {
        idle: Duration::from_secs(60),
        owner: size(2, 1 << 20),
        all: size(2, 1 << 20),
        remembered: 0,
    };
    let (lru, free) = (Arc::new(Lru::new(bounds, |_, _| 0)), weight(0));
    let make = || Arc::new(Asks(Arc::clone(&lru), Arc::clone(&free)));
    for key in 0..4 {
        lru.insert((), key, make());
    }
    lru.insert((), 3, make());
    lru.get_or_insert((), 4, make);
    drop(lru.remove(&3));
    lru.retain(|_| false);
    lru.insert((), 5, make());
    lru.expire_at(Instant::now() + Duration::from_secs(61));
    assert_eq!(*free.lock(), 7);
    assert!(lru.why(&0).is_none());
}
