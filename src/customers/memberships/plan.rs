//! What rules come to for one customer: pure, so that preview and job cannot differ.

use super::Target;
use crate::base::GroupId;
use std::collections::{BTreeMap, BTreeSet};

/// A rule at one customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    pub target: Target,
    /// Whether it describes the customer; `None` where it was not asked: then it moves nobody, but still has its say about prices.
    pub matches: Option<bool>,
    pub enters: bool,
    pub leaves: bool,
    pub sets_pricing: bool,
}

/// How a customer stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What they are in, and whether that is pinned.
    pub members: BTreeMap<Target, bool>,
    pub kept_out: BTreeSet<Target>,
    pub pricing: GroupId,
    pub pricing_pinned: bool,
}

/// What changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub enter: BTreeSet<Target>,
    pub leave: BTreeSet<Target>,
    pub pricing: Option<GroupId>,
}

impl Outcome {
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.enter.is_empty() && self.leave.is_empty() && self.pricing.is_none()
    }
}

/// Decides. `rules` come by priority, at most one for each target; `fallback` is the group of those who have no other.
///
/// Prices move only between groups whose rules set them and the fallback: a pricing group that somebody gave without a rule stays.
/// Nobody leaves the pricing group that is pinned.
#[must_use]
pub fn decide(standing: &Standing, rules: &[Applied], fallback: GroupId) -> Outcome {
    let mut outcome = Outcome::default();
    for rule in rules {
        let member = standing.members.get(&rule.target);
        let held = standing.pricing_pinned && rule.target == Target::Group(standing.pricing);
        match (rule.matches, member) {
            (Some(true), None) if rule.enters && !standing.kept_out.contains(&rule.target) => {
                _ = outcome.enter.insert(rule.target)
            }
            (Some(false), Some(false)) if rule.leaves && !held => _ = outcome.leave.insert(rule.target),
            _ => {}
        }
    }
    let pricing = pricing(standing, rules, &outcome, fallback);
    if pricing != standing.pricing {
        outcome.pricing = Some(pricing);
    }
    // Whose prices hold, in that group one is.
    let home = Target::Group(pricing);
    outcome.leave.remove(&home);
    if !standing.members.contains_key(&home) && outcome.pricing.is_some() {
        outcome.enter.insert(home);
    }
    outcome
}

fn pricing(standing: &Standing, rules: &[Applied], outcome: &Outcome, fallback: GroupId) -> GroupId {
    let is_in = |group: GroupId| {
        let target = Target::Group(group);
        standing.members.contains_key(&target) && !outcome.leave.contains(&target) || outcome.enter.contains(&target)
    };
    let priced = rules.iter().filter(|rule| rule.sets_pricing).filter_map(|rule| match rule.target {
        Target::Group(group) => Some(group),
        Target::Tag(_) => None,
    });
    let current = standing.pricing;
    let ruled = priced.clone().any(|group| group == current);
    let leaves = outcome.leave.contains(&Target::Group(current));
    if standing.pricing_pinned || !(current == fallback || ruled || leaves) {
        return current;
    }
    let first = priced.into_iter().find(|group| is_in(*group));
    // A ruled group that one is not in cannot go on giving its prices.
    first.unwrap_or(if leaves || ruled && !is_in(current) { fallback } else { current })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::TagId;
    use proptest::prelude::*;

    const RETAIL: GroupId = GroupId(1);
    const WHOLESALE: GroupId = GroupId(2);
    const VIP: GroupId = GroupId(3);

    fn group(id: GroupId) -> Target {
        Target::Group(id)
    }

    fn rule(id: GroupId, matches: bool) -> Applied {
        Applied { target: group(id), matches: Some(matches), enters: true, leaves: true, sets_pricing: true }
    }

    fn standing(members: &[(GroupId, bool)], pricing: GroupId) -> Standing {
        let members = members.iter().map(|(id, pinned)| (group(*id), *pinned)).collect();
        Standing { members, kept_out: BTreeSet::new(), pricing, pricing_pinned: false }
    }

    fn after(standing: &Standing, outcome: &Outcome) -> Standing {
        let mut after = standing.clone();
        outcome.leave.iter().for_each(|target| _ = after.members.remove(target));
        outcome.enter.iter().for_each(|target| _ = after.members.insert(*target, false));
        after.pricing = outcome.pricing.unwrap_or(after.pricing);
        after
    }

    #[test]
    fn the_first_rule_that_holds_sets_the_prices() {
        let retail = standing(&[(RETAIL, false)], RETAIL);
        let outcome = decide(&retail, &[rule(WHOLESALE, true), rule(VIP, true)], RETAIL);
        assert_eq!((outcome.enter.len(), outcome.pricing), (2, Some(WHOLESALE)));
        let outcome = decide(&retail, &[rule(WHOLESALE, false), rule(VIP, true)], RETAIL);
        assert_eq!(outcome.pricing, Some(VIP));
        // The one that was not asked keeps its say.
        let both = standing(&[(RETAIL, false), (WHOLESALE, false)], WHOLESALE);
        let unasked = Applied { matches: None, ..rule(WHOLESALE, true) };
        assert_eq!(decide(&both, &[unasked, rule(VIP, true)], RETAIL).pricing, None);
    }

    #[test]
    fn who_leaves_falls_back() {
        let vip = standing(&[(RETAIL, false), (VIP, false)], VIP);
        let outcome = decide(&vip, &[rule(VIP, false)], RETAIL);
        assert_eq!((outcome.leave.contains(&group(VIP)), outcome.pricing), (true, Some(RETAIL)));
        // Into the fallback, where they were not in it.
        let outcome = decide(&standing(&[(VIP, false)], VIP), &[rule(VIP, false)], RETAIL);
        assert!(outcome.enter.contains(&group(RETAIL)));
    }

    #[test]
    fn what_was_done_by_hand_stays() {
        let pinned = standing(&[(VIP, true)], VIP);
        assert!(decide(&pinned, &[rule(VIP, false)], RETAIL).is_nothing());
        let mut out = standing(&[(RETAIL, false)], RETAIL);
        out.kept_out.insert(group(VIP));
        assert!(decide(&out, &[rule(VIP, true)], RETAIL).is_nothing());
        let mut prices = standing(&[(VIP, false)], VIP);
        prices.pricing_pinned = true;
        assert!(decide(&prices, &[rule(VIP, false)], RETAIL).is_nothing());
        // Wholesale has no rule: it was given by hand.
        let given = standing(&[(WHOLESALE, false)], WHOLESALE);
        let outcome = decide(&given, &[rule(VIP, true)], RETAIL);
        assert_eq!((outcome.enter.contains(&group(VIP)), outcome.pricing), (true, None));
    }

    fn targets() -> Vec<Target> {
        (1..=4).map(|id| group(GroupId(id))).chain((1..=2).map(|id| Target::Tag(TagId(id)))).collect()
    }

    prop_compose! {
        fn any_standing()(
            members in proptest::collection::vec(proptest::option::of(any::<bool>()), 6),
            out in proptest::collection::vec(any::<bool>(), 6),
            pricing in 1_i64..=4,
            pricing_pinned in any::<bool>(),
        ) -> Standing {
            let mut members: BTreeMap<Target, bool> =
                targets().into_iter().zip(members).filter_map(|(target, pinned)| Some((target, pinned?))).collect();
            members.entry(group(GroupId(pricing))).or_insert(false);
            let kept_out = targets().into_iter().zip(out).filter(|(target, out)| *out && !members.contains_key(target));
            let kept_out = kept_out.map(|(target, _)| target).collect();
            Standing { members, kept_out, pricing: GroupId(pricing), pricing_pinned }
        }
    }

    prop_compose! {
        fn any_rules()(
            order in Just(targets().into_iter().filter(|target| *target != group(RETAIL)).collect::<Vec<_>>()).prop_shuffle(),
            parts in proptest::collection::vec((proptest::option::of(any::<bool>()), any::<[bool; 3]>(), any::<bool>()), 5),
        ) -> Vec<Applied> {
            let rule = |(target, (matches, [enters, leaves, prices], there)): (Target, (Option<bool>, [bool; 3], bool))| {
                let sets_pricing = prices && matches!(target, Target::Group(_));
                there.then_some(Applied { target, matches, enters, leaves, sets_pricing })
            };
            order.into_iter().zip(parts).filter_map(rule).collect()
        }
    }

    proptest! {
        #[test]
        fn hands_win_and_twice_is_once(standing in any_standing(), rules in any_rules()) {
            let outcome = decide(&standing, &rules, RETAIL);
            let after = after(&standing, &outcome);
            for (target, pinned) in &standing.members {
                prop_assert!(!pinned || after.members.contains_key(target), "a pinned one left");
            }
            for target in &outcome.enter {
                let home = outcome.pricing.map(group) == Some(*target);
                prop_assert!(home || !standing.kept_out.contains(target), "one who is kept out came in");
                prop_assert!(!standing.members.contains_key(target), "one who is in came in");
            }
            prop_assert!(outcome.leave.iter().all(|target| standing.members.get(target) == Some(&false)));
            prop_assert!(after.members.contains_key(&group(after.pricing)), "whose prices hold, in that group one is");
            if standing.pricing_pinned {
                prop_assert_eq!(outcome.pricing, None);
            }
            prop_assert!(decide(&after, &rules, RETAIL).is_nothing(), "{:?} then {:?}", outcome, decide(&after, &rules, RETAIL));
        }

        #[test]
        fn who_is_free_follows_the_rules(standing in any_standing(), rules in any_rules()) {
            let after = after(&standing, &decide(&standing, &rules, RETAIL));
            for rule in rules.iter().filter(|rule| rule.enters && rule.leaves && rule.target != group(after.pricing)) {
                let free = standing.members.get(&rule.target) != Some(&true) && !standing.kept_out.contains(&rule.target);
                if let (true, Some(matches)) = (free, rule.matches) {
                    prop_assert_eq!(after.members.contains_key(&rule.target), matches);
                }
            }
            // Of the groups that set prices, the first that one is in does.
            let priced = rules.iter().filter(|rule| rule.sets_pricing && after.members.contains_key(&rule.target));
            let free = !standing.pricing_pinned
                && (standing.pricing == RETAIL || rules.iter().any(|r| r.sets_pricing && r.target == group(standing.pricing)));
            if let (true, Some(first)) = (free, priced.map(|rule| rule.target).next()) {
                prop_assert_eq!(group(after.pricing), first);
            }
        }
    }
}
