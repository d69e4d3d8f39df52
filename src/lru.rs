//! Values by key, in bounded memory: a new one always enters, and the least recently used leave, when they are too many or
//! too large together and when nobody used them for long (for a large one no small ones, if that is enough). Each owner has a share of its own, so that what one leaves lying
//! about pushes out its own first.
//!
//! What leaves is never dropped under the lock: files may be removed with it, and work ended.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fmt;
use std::hash::Hash;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// What this file needs for an entry, about.
const ENTRY_BYTES: usize = 400;

/// A number of entries, and what they take together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// How many they are.
    pub entries: usize,
    /// What they take, about.
    pub bytes: usize,
}

impl Size {
    fn exceeds(self, most: Self) -> bool {
        self.entries > most.entries || self.bytes > most.bytes
    }

    fn add(&mut self, bytes: usize) {
        self.entries += 1;
        self.bytes += bytes;
    }

    fn subtract(&mut self, bytes: usize) {
        self.entries -= 1;
        self.bytes -= bytes;
    }
}

/// What an [`Lru`] may hold.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// An entry that was not used for longer leaves.
    pub idle: Duration,
    /// The most of one owner.
    pub owner: Size,
    /// The most of all together.
    pub all: Size,
    /// Of so many entries that had to leave it is known why.
    pub remembered: usize,
}

/// Why an entry left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Nobody used it for too long.
    Idle,
    /// Its owner used too many others since, or too large ones.
    OwnerFull,
    /// All owners together did.
    Full,
}

/// Values by key, the least recently used of which leave.
pub struct Lru<K, V, O = ()> {
    bounds: Bounds,
    weigh: fn(&K, &V) -> usize,
    entries: Mutex<Entries<K, V, O>>,
}

impl<K, V, O> fmt::Debug for Lru<K, V, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lru")
            .field("bounds", &self.bounds)
            .finish_non_exhaustive()
    }
}

impl<K: Hash + Eq + Clone, V, O: Hash + Eq + Clone> Lru<K, V, O> {
    /// An empty one; `weigh` says what a value takes with its key, in bytes.
    pub fn new(bounds: Bounds, weigh: fn(&K, &V) -> usize) -> Self {
        Self {
            bounds,
            weigh,
            entries: Mutex::new(Entries::default()),
        }
    }

    /// Keeps a value, in place of one of the same key, as the last that should leave. One that is larger than all that an
    /// owner may have is not kept.
    pub fn insert(&self, owner: O, key: K, value: V) {
        self.insert_at(owner, key, value, Instant::now());
    }

    fn insert_at(&self, owner: O, key: K, value: V, now: Instant) {
        let bytes = ENTRY_BYTES + (self.weigh)(&key, &value);
        let mut entries = self.entries.lock();
        let before = entries.remove(&key);
        let entry = Entry {
            owner,
            key,
            value,
            bytes,
            used: now,
        };
        let left = entries.enter(entry, &self.bounds);
        drop(entries);
        drop((before, left));
    }

    /// The value of a key, which is used by this.
    pub fn get(&self, key: &K) -> Option<V>
    where
        V: Clone,
    {
        self.get_at(key, Instant::now())
    }

    fn get_at(&self, key: &K, now: Instant) -> Option<V>
    where
        V: Clone,
    {
        let mut entries = self.entries.lock();
        let left = entries.expire(now, &self.bounds);
        let value = entries.touch(key, now);
        drop(entries);
        drop(left);
        value
    }

    /// The value of a key; one that `make` makes, if there is none.
    pub fn get_or_insert(&self, owner: O, key: K, make: impl FnOnce() -> V) -> V
    where
        V: Clone,
    {
        let now = Instant::now();
        let mut entries = self.entries.lock();
        let mut left = entries.expire(now, &self.bounds);
        if let Some(value) = entries.touch(&key, now) {
            drop(entries);
            return value;
        }
        let value = make();
        let entry = Entry {
            owner,
            bytes: ENTRY_BYTES + (self.weigh)(&key, &value),
            key,
            value: value.clone(),
            used: now,
        };
        left.extend(entries.enter(entry, &self.bounds));
        drop(entries);
        drop(left);
        value
    }

    /// Weighs a value again, which has changed inside: others make room for it. False when it is not there.
    pub fn reweigh(&self, key: &K) -> bool {
        let mut entries = self.entries.lock();
        let Some(mut entry) = entries.remove(key) else {
            return false;
        };
        entry.bytes = ENTRY_BYTES + (self.weigh)(&entry.key, &entry.value);
        let left = entries.enter(entry, &self.bounds);
        drop(entries);
        drop(left);
        true
    }

    /// Takes a value out.
    pub fn remove(&self, key: &K) -> Option<V> {
        let mut entries = self.entries.lock();
        let left = entries.expire(Instant::now(), &self.bounds);
        let entry = entries.remove(key);
        drop(entries);
        drop(left);
        entry.map(|entry| entry.value)
    }

    /// Takes out what is not `wanted`.
    pub fn retain(&self, wanted: impl Fn(&V) -> bool) {
        let mut entries = self.entries.lock();
        let unwanted = entries.by_use.values().filter(|entry| !wanted(&entry.value));
        let unwanted: Vec<_> = unwanted.map(|entry| entry.key.clone()).collect();
        let left: Vec<_> = unwanted.iter().filter_map(|key| entries.remove(key)).collect();
        drop(entries);
        drop(left);
    }

    /// Lets go of what nobody used for too long. Any other call does that, too.
    pub fn expire(&self) {
        self.expire_at(Instant::now());
    }

    fn expire_at(&self, now: Instant) {
        let mut entries = self.entries.lock();
        let left = entries.expire(now, &self.bounds);
        drop(entries);
        drop(left);
    }

    /// What is in it.
    pub fn size(&self) -> Size {
        self.expire();
        self.entries.lock().size
    }

    /// Why there is no value of a key any more, if that is still known.
    pub fn why(&self, key: &K) -> Option<Left> {
        self.entries.lock().why.get(key).copied()
    }
}

struct Entry<K, V, O> {
    owner: O,
    key: K,
    value: V,
    bytes: usize,
    used: Instant,
}

/// What one owner has: the turns of its entries.
#[derive(Default)]
struct Share {
    turns: BTreeSet<u64>,
    size: Size,
}

struct Entries<K, V, O> {
    /// Each use is a turn: the first is the least recent.
    by_use: BTreeMap<u64, Entry<K, V, O>>,
    turns: HashMap<K, u64>,
    shares: HashMap<O, Share>,
    size: Size,
    next: u64,
    why: HashMap<K, Left>,
    gone: VecDeque<K>,
}

impl<K, V, O> Default for Entries<K, V, O> {
    fn default() -> Self {
        Self {
            by_use: BTreeMap::new(),
            turns: HashMap::new(),
            shares: HashMap::new(),
            size: Size::default(),
            next: 0,
            why: HashMap::new(),
            gone: VecDeque::new(),
        }
    }
}

impl<K: Hash + Eq + Clone, V, O: Hash + Eq + Clone> Entries<K, V, O> {
    /// Puts an entry in, as the last that should leave. Returns what left for it, or itself.
    fn enter(&mut self, entry: Entry<K, V, O>, bounds: &Bounds) -> Vec<Entry<K, V, O>> {
        if entry.bytes > bounds.owner.bytes.min(bounds.all.bytes) {
            self.remember(entry.key.clone(), Left::OwnerFull, bounds);
            return vec![entry];
        }
        let (now, owner, bytes) = (entry.used, entry.owner.clone(), entry.bytes);
        self.push(entry);
        let mut left = self.expire(now, bounds);
        while let Some(share) = self.shares.get(&owner).filter(|share| share.size.exceeds(bounds.owner)) {
            let Some(turn) = self.oldest(share.turns.iter(), share.size, bytes, bounds.owner) else {
                break;
            };
            left.extend(self.leave(turn, Left::OwnerFull, bounds));
        }
        while self.size.exceeds(bounds.all) {
            let Some(turn) = self.oldest(self.by_use.keys(), self.size, bytes, bounds.all) else {
                break;
            };
            left.extend(self.leave(turn, Left::Full, bounds));
        }
        left
    }

    /// Which of `turns`, the last of which takes so many bytes, makes room for that: the first of them. Where they are too
    /// large and not too many, the first that is no smaller than most: small ones would leave for nothing.
    fn oldest<'a>(
        &self,
        mut turns: impl Iterator<Item = &'a u64>,
        size: Size,
        last_bytes: usize,
        most: Size,
    ) -> Option<u64> {
        if size.entries > most.entries {
            return turns.next().copied();
        }
        let average = (size.bytes - last_bytes) / size.entries.saturating_sub(1).max(1);
        let is_large = |turn: &&u64| self.by_use.get(turn).is_some_and(|entry| entry.bytes >= average);
        turns.find(is_large).copied()
    }

    fn expire(&mut self, now: Instant, bounds: &Bounds) -> Vec<Entry<K, V, O>> {
        let mut left = Vec::new();
        while let Some((turn, entry)) = self.by_use.first_key_value()
            && now.saturating_duration_since(entry.used) > bounds.idle
        {
            left.extend(self.leave(*turn, Left::Idle, bounds));
        }
        left
    }

    fn touch(&mut self, key: &K, now: Instant) -> Option<V>
    where
        V: Clone,
    {
        let mut entry = self.remove(key)?;
        entry.used = now;
        let value = entry.value.clone();
        self.push(entry);
        Some(value)
    }

    fn push(&mut self, entry: Entry<K, V, O>) {
        let turn = self.next;
        self.next += 1;
        let share = self.shares.entry(entry.owner.clone()).or_default();
        share.turns.insert(turn);
        share.size.add(entry.bytes);
        self.size.add(entry.bytes);
        self.turns.insert(entry.key.clone(), turn);
        self.by_use.insert(turn, entry);
    }

    fn remove(&mut self, key: &K) -> Option<Entry<K, V, O>> {
        let turn = self.turns.get(key).copied()?;
        self.pop(turn)
    }

    fn leave(&mut self, turn: u64, why: Left, bounds: &Bounds) -> Option<Entry<K, V, O>> {
        let entry = self.pop(turn)?;
        self.remember(entry.key.clone(), why, bounds);
        Some(entry)
    }

    fn pop(&mut self, turn: u64) -> Option<Entry<K, V, O>> {
        let entry = self.by_use.remove(&turn)?;
        self.turns.remove(&entry.key);
        self.size.subtract(entry.bytes);
        if let Some(share) = self.shares.get_mut(&entry.owner) {
            share.turns.remove(&turn);
            share.size.subtract(entry.bytes);
            if share.turns.is_empty() {
                self.shares.remove(&entry.owner);
            }
        }
        Some(entry)
    }

    fn remember(&mut self, key: K, why: Left, bounds: &Bounds) {
        if bounds.remembered == 0 {
            return;
        }
        if self.why.insert(key.clone(), why).is_none() {
            self.gone.push_back(key);
        }
        if self.gone.len() > bounds.remembered
            && let Some(oldest) = self.gone.pop_front()
        {
            self.why.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests;
