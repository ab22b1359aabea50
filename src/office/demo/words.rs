//! Reading the word lists in `lists/`, and picking from lists by chance.

use anyhow::{Context, bail};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// One line of a list: what it is, and its columns.
pub struct Line<'a> {
    pub kind: &'a str,
    columns: Vec<&'a str>,
    number: usize,
}

/// The lines of a list: columns between tabs, `#` starts a comment line.
pub fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    text.lines().enumerate().filter_map(|(at, line)| Line::read(at + 1, line))
}

impl<'a> Line<'a> {
    fn read(number: usize, line: &'a str) -> Option<Self> {
        let mut columns = line.split('\t');
        let kind = columns.next().filter(|kind| !kind.is_empty() && !kind.starts_with('#'))?;
        Some(Line { kind, columns: columns.collect(), number })
    }

    /// # Errors
    /// When the line is too short.
    pub fn text(&self, column: usize) -> anyhow::Result<&'a str> {
        self.columns.get(column).copied().with_context(|| format!("line {}: column {} is missing", self.number, column + 1))
    }

    /// # Errors
    /// When the column is missing or not a number.
    pub fn number(&self, column: usize) -> anyhow::Result<u32> {
        let text = self.text(column)?;
        text.parse().with_context(|| format!("line {}: {text:?} is not a number", self.number))
    }

    /// # Errors
    /// Always: a line of a kind that nobody reads.
    pub fn unknown<T>(&self) -> anyhow::Result<T> {
        bail!("line {}: unknown kind {:?}", self.number, self.kind)
    }
}

/// Things with weights: one of weight 2 comes up twice as often as one of weight 1.
#[derive(Clone, Debug)]
pub struct Weighted<T> {
    items: Vec<T>,
    /// The running sums of the weights.
    ends: Vec<u32>,
}

impl<T> Default for Weighted<T> {
    fn default() -> Self {
        Self { items: Vec::new(), ends: Vec::new() }
    }
}

impl<T> Weighted<T> {
    pub fn push(&mut self, item: T, weight: u32) {
        self.ends.push(self.ends.last().copied().unwrap_or(0) + weight);
        self.items.push(item);
    }

    pub fn items(&self) -> &[T] {
        &self.items
    }

    pub fn last_mut(&mut self) -> Option<&mut T> {
        self.items.last_mut()
    }

    pub fn into_items(self) -> Vec<T> {
        self.items
    }

    /// `None` only when the list is empty.
    pub fn pick(&self, rng: &mut ChaCha8Rng) -> Option<&T> {
        self.items.get(self.pick_index(rng)?)
    }

    /// As [`Weighted::pick`]: where the item stands in [`Weighted::items`].
    pub fn pick_index(&self, rng: &mut ChaCha8Rng) -> Option<usize> {
        let total = self.ends.last().copied().filter(|&total| total > 0)?;
        let at = rng.random_range(0..total);
        Some(self.ends.partition_point(|&end| end <= at))
    }
}

impl<T> FromIterator<(T, u32)> for Weighted<T> {
    fn from_iter<I: IntoIterator<Item = (T, u32)>>(pairs: I) -> Self {
        let mut list = Self::default();
        for (item, weight) in pairs {
            list.push(item, weight);
        }
        list
    }
}

/// Any of the items, all alike; `None` only when there are none.
pub fn any<'a, T>(items: &'a [T], rng: &mut ChaCha8Rng) -> Option<&'a T> {
    (!items.is_empty()).then(|| &items[rng.random_range(0..items.len())])
}

/// One of the items, early ones more often, as names and records go; `None` only when there are none.
pub fn early<'a, T>(items: &'a [T], rng: &mut ChaCha8Rng) -> Option<&'a T> {
    let at = rng.random::<f64>().powi(2) * items.len() as f64;
    items.get((at as usize).min(items.len().saturating_sub(1)))
}

/// Whether something happens that happens so many times in a thousand.
pub fn chance(per_mille: u32, rng: &mut ChaCha8Rng) -> bool {
    rng.random_range(0..1000) < per_mille
}

/// Any number from `low` to `high`, both included.
pub fn between(low: i64, high: i64, rng: &mut ChaCha8Rng) -> i64 {
    rng.random_range(low..=high.max(low))
}

/// Fills a pattern: `#` becomes a digit, `@` a capital letter.
pub fn fill(pattern: &str, rng: &mut ChaCha8Rng) -> String {
    pattern
        .chars()
        .map(|c| match c {
            '#' => char::from(b'0' + rng.random_range(0..10_u8)),
            '@' => char::from(b'A' + rng.random_range(0..26_u8)),
            c => c,
        })
        .collect()
}

/// Replaces each `{name}` by what `value` yields for it; unknown names vanish.
pub fn expand<'v>(template: &str, mut value: impl FnMut(&str) -> std::borrow::Cow<'v, str>) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        out.push_str(before);
        out.push_str(&value(name));
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn weights_count() {
        let list: Weighted<char> = [('a', 0), ('b', 3), ('c', 1)].into_iter().collect();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let picks: String = (0..4000).filter_map(|_| list.pick(&mut rng)).collect();
        let count = |c| picks.matches(c).count();
        assert_eq!(count('a'), 0);
        assert!((2800..3200).contains(&count('b')), "{}", count('b'));
        assert_eq!(Weighted::<char>::default().pick(&mut rng), None);
    }

    #[test]
    fn expands_what_it_knows() {
        let value = |name: &str| if name == "a" { "x".into() } else { "".into() };
        assert_eq!(expand("{a}-{b}-{a}", value), "x--x");
        assert_eq!(expand("{a", value), "{a");
    }
}
