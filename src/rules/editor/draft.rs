//! The tree as it is clicked together. Every node has a number, by which its view finds it, and every rule has such a tree: nothing
//! is lost on the way here and back.

use super::terms::Leaf;
use crate::rules::{Condition, EventCondition, HowMany, OrderCondition, Rule, Tree};

/// A part of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub id: u32,
    /// So many times "not"; an even number means what none means.
    pub nots: u8,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Group {
        join: Join,
        parts: Vec<Node>,
        /// It stands for its part while it has one.
        loose: bool,
    },
    Row(Leaf),
    /// How many of the customer's orders or events are such.
    Counted {
        about: About,
        how_many: HowMany,
        /// A group.
        such: Box<Node>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    All,
    Any,
}

/// What the conditions of a group are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum About {
    Customers,
    Orders,
    Events,
}

/// A rule as it is clicked together: a group of all that it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub root: Node,
    next: u32,
}

impl Draft {
    #[must_use]
    pub fn of(rule: &Rule) -> Self {
        let mut next = 0;
        let root = group(rule, &mut next);
        Self { root, next }
    }

    #[must_use]
    pub fn rule(&self) -> Rule {
        tree(&self.root)
    }

    #[must_use]
    pub fn find(&self, id: u32) -> Option<&Node> {
        self.root.find(id)
    }

    /// Changes what a node says.
    pub fn change(&mut self, id: u32, change: impl FnOnce(&mut Node)) {
        if let Some(node) = self.root.find_mut(id) {
            change(node);
        }
    }

    /// Adds a part to a group; yields its number.
    pub fn add(&mut self, to: u32, mut what: What) -> u32 {
        self.next += 1;
        let id = self.next;
        // What it brings along is numbered anew.
        if let What::Counted { such, .. } = &mut what {
            such.number(&mut self.next);
        }
        if let Some(Node { what: What::Group { parts, .. }, .. }) = self.root.find_mut(to) {
            parts.push(Node { id, nots: 0, what });
        }
        id
    }

    /// Puts something else in the place of what a node says.
    pub fn replace(&mut self, id: u32, mut what: What) {
        if let What::Counted { such, .. } = &mut what {
            such.number(&mut self.next);
        }
        self.change(id, |node| node.what = what);
    }

    pub fn remove(&mut self, id: u32) {
        self.root.remove(id);
    }
}

impl What {
    /// A group without parts.
    #[must_use]
    pub fn group(join: Join) -> Self {
        Self::Group { join, parts: Vec::new(), loose: true }
    }

    /// Orders or events that are such.
    #[must_use]
    pub fn counted(about: About, how_many: HowMany, such: Vec<Leaf>) -> Self {
        let parts = such.into_iter().map(|leaf| Node { id: 0, nots: 0, what: Self::Row(leaf) }).collect();
        let such = Node { id: 0, nots: 0, what: Self::Group { join: Join::All, parts, loose: true } };
        Self::Counted { about, how_many, such: Box::new(such) }
    }
}

impl Node {
    fn parts(&self) -> Vec<&Self> {
        match &self.what {
            What::Group { parts, .. } => parts.iter().collect(),
            What::Counted { such, .. } => vec![such],
            What::Row(_) => Vec::new(),
        }
    }

    fn parts_mut(&mut self) -> Vec<&mut Self> {
        match &mut self.what {
            What::Group { parts, .. } => parts.iter_mut().collect(),
            What::Counted { such, .. } => vec![such],
            What::Row(_) => Vec::new(),
        }
    }

    fn find(&self, id: u32) -> Option<&Self> {
        if self.id == id { Some(self) } else { self.parts().into_iter().find_map(|part| part.find(id)) }
    }

    fn find_mut(&mut self, id: u32) -> Option<&mut Self> {
        if self.id == id { Some(self) } else { self.parts_mut().into_iter().find_map(|part| part.find_mut(id)) }
    }

    fn remove(&mut self, id: u32) {
        if let What::Group { parts, .. } = &mut self.what {
            parts.retain(|part| part.id != id);
        }
        self.parts_mut().into_iter().for_each(|part| part.remove(id));
    }

    fn number(&mut self, next: &mut u32) {
        *next += 1;
        self.id = *next;
        self.parts_mut().into_iter().for_each(|part| part.number(next));
    }
}

/// What trees are made of.
trait Said: Clone {
    fn what(&self, next: &mut u32) -> What;
    /// `None` where a part of something else came here, which no view makes.
    fn back(what: &What) -> Option<Self>;
}

impl Said for Condition {
    fn what(&self, next: &mut u32) -> What {
        match self {
            Self::Orders { how_many, such } => {
                What::Counted { about: About::Orders, how_many: *how_many, such: Box::new(group(such, next)) }
            }
            Self::Events { how_many, such } => {
                What::Counted { about: About::Events, how_many: *how_many, such: Box::new(group(such, next)) }
            }
            other => What::Row(Leaf::Customer(other.clone())),
        }
    }

    fn back(what: &What) -> Option<Self> {
        Some(match what {
            What::Counted { about: About::Orders, how_many, such } => Self::Orders { how_many: *how_many, such: tree(such) },
            What::Counted { about: About::Events, how_many, such } => Self::Events { how_many: *how_many, such: tree(such) },
            What::Row(Leaf::Customer(condition)) => condition.clone(),
            _ => return None,
        })
    }
}

impl Said for OrderCondition {
    fn what(&self, _: &mut u32) -> What {
        What::Row(Leaf::Order(self.clone()))
    }

    fn back(what: &What) -> Option<Self> {
        if let What::Row(Leaf::Order(condition)) = what { Some(condition.clone()) } else { None }
    }
}

impl Said for EventCondition {
    fn what(&self, _: &mut u32) -> What {
        What::Row(Leaf::Event(self.clone()))
    }

    fn back(what: &What) -> Option<Self> {
        if let What::Row(Leaf::Event(condition)) = what { Some(condition.clone()) } else { None }
    }
}

/// A tree as a group, which it is or stands in.
fn group<C: Said>(tree: &Tree<C>, next: &mut u32) -> Node {
    let inner = node(tree, next);
    if matches!(inner.what, What::Group { .. }) {
        return inner;
    }
    *next += 1;
    Node { id: *next, nots: 0, what: What::Group { join: Join::All, parts: vec![inner], loose: true } }
}

fn node<C: Said>(tree: &Tree<C>, next: &mut u32) -> Node {
    let joined = |join, parts: &[Tree<C>], next: &mut u32| What::Group {
        join,
        parts: parts.iter().map(|part| node(part, next)).collect(),
        loose: false,
    };
    let what = match tree {
        Tree::Not(inner) => {
            let inner = node(inner, next);
            return Node { nots: inner.nots.saturating_add(1), ..inner };
        }
        Tree::All(parts) => joined(Join::All, parts, next),
        Tree::Any(parts) => joined(Join::Any, parts, next),
        Tree::Is(condition) => condition.what(next),
    };
    *next += 1;
    Node { id: *next, nots: 0, what }
}

fn tree<C: Said>(node: &Node) -> Tree<C> {
    let plain = match &node.what {
        What::Group { parts, loose: true, .. } if parts.len() == 1 => tree(&parts[0]),
        What::Group { join: Join::All, parts, .. } => Tree::All(parts.iter().map(tree).collect()),
        What::Group { join: Join::Any, parts, .. } => Tree::Any(parts.iter().map(tree).collect()),
        what => C::back(what).map_or_else(Tree::everyone, Tree::Is),
    };
    (0..node.nots).fold(plain, |tree, _| !tree)
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use crate::base::Currency;
    use crate::rules::{FlagField, NumberField, parse, print};

    fn read(text: &str) -> Rule {
        parse(text, Currency::USD).expect(text)
    }

    #[test]
    fn the_examples_of_the_manual_go_there_and_back() {
        let manual = include_str!("../../../docs/rules.md");
        let examples = manual.split("```rule\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(rule, _)| rule.trim());
        for example in examples.chain(["", "nobody", "not not blocked", "not (not (blocked or active))", "all (all (blocked))"]) {
            let rule = read(example);
            assert_eq!(Draft::of(&rule).rule(), rule, "{example}");
        }
    }

    #[test]
    fn parts_come_and_go() {
        let mut draft = Draft::of(&read("blocked"));
        let root = draft.root.id;
        let orders = Rule::number(NumberField::OrdersCount, Some(3), None);
        let Rule::Is(orders) = orders else { return };
        let row = draft.add(root, What::Row(Leaf::Customer(orders)));
        assert_eq!(print(&draft.rule(), Currency::USD), "blocked and orders >= 3");
        let inner = draft.add(root, What::group(Join::Any));
        draft.add(inner, What::Row(Leaf::Customer(Condition::Flag { field: FlagField::Active, is: true })));
        draft.add(inner, What::counted(About::Orders, HowMany::Any, Vec::new()));
        draft.change(inner, |node| node.nots = 1);
        assert_eq!(print(&draft.rule(), Currency::USD), "blocked and orders >= 3 and not (active or any order ())");
        draft.remove(row);
        draft.remove(inner);
        assert_eq!(draft.rule(), read("blocked"), "a group of one stands for it");
    }

    #[test]
    fn every_node_has_its_own_number() {
        let mut draft = Draft::of(&read("not blocked and any order (total > 3 or placed within 3 days)"));
        let root = draft.root.id;
        draft.add(root, What::counted(About::Events, HowMany::None, Vec::new()));
        fn ids(node: &Node) -> Vec<u32> {
            node.parts().into_iter().flat_map(ids).chain([node.id]).collect()
        }
        let all = ids(&draft.root);
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len(), "{all:?}");
    }
}
