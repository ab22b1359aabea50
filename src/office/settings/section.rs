//! Sections of the settings as they are typed, and what two people's edits of one come to.
//!
//! Invariant: nobody's edit is lost without a word. A field that only one of them changed is as that one says; one that both
//! changed, each to something else, is a conflict.

use super::{ShopForm, ThresholdForm};
use crate::base::{AppError, AppResult};

/// A section: its fields in one order, each with the key of its label.
pub trait Section: Clone + PartialEq + Send + Sync + 'static {
    fn fields(&self) -> Vec<(&'static str, &str)>;
    fn fields_mut(&mut self) -> Vec<&mut String>;
}

impl Section for ShopForm {
    fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("settings.name", &self.name),
            ("settings.website", &self.website),
            ("settings.currency", &self.base_currency),
            ("settings.zone", &self.time_zone),
            ("settings.language", &self.locale),
        ]
    }

    fn fields_mut(&mut self) -> Vec<&mut String> {
        vec![&mut self.name, &mut self.website, &mut self.base_currency, &mut self.time_zone, &mut self.locale]
    }
}

impl Section for ThresholdForm {
    fn fields(&self) -> Vec<(&'static str, &str)> {
        vec![
            ("settings.active", &self.active_days),
            ("settings.new", &self.new_days),
            ("settings.new_orders", &self.new_max_orders),
            ("settings.one_time", &self.one_time_days),
            ("settings.vip", &self.vip),
            ("settings.high_value", &self.high_value),
            ("settings.churn", &self.churn),
            ("settings.free_mail", &self.free_mail),
        ]
    }

    fn fields_mut(&mut self) -> Vec<&mut String> {
        vec![
            &mut self.active_days,
            &mut self.new_days,
            &mut self.new_max_orders,
            &mut self.one_time_days,
            &mut self.vip,
            &mut self.high_value,
            &mut self.churn,
            &mut self.free_mail,
        ]
    }
}

/// `mine`, edited from `base`, once the section has become `current`: fields that were not edited follow it.
#[must_use]
pub fn rebase<S: Section>(mine: &S, base: &S, current: &S) -> S {
    let mut rebased = current.clone();
    for ((field, (_, mine)), (_, base)) in rebased.fields_mut().into_iter().zip(mine.fields()).zip(base.fields()) {
        if mine.trim() != base.trim() {
            mine.trim().clone_into(field);
        }
    }
    rebased
}

/// The fields that both `mine` and `current` changed since `base`, each to something else: label, and what it is now.
#[must_use]
pub fn conflicts<S: Section>(mine: &S, base: &S, current: &S) -> Vec<(&'static str, String)> {
    let both = mine.fields().into_iter().zip(base.fields()).zip(current.fields());
    both.filter(|(((_, mine), (_, base)), (_, current))| {
        let (mine, base, current) = (mine.trim(), base.trim(), current.trim());
        mine != base && current != base && mine != current
    })
    .map(|(_, (label, current))| (label, current.to_owned()))
    .collect()
}

/// What saving `mine` means.
///
/// # Errors
/// [`AppError::Conflict`] where both changed a field.
pub fn merge<S: Section>(mine: &S, base: &S, current: &S) -> AppResult<S> {
    if conflicts(mine, base, current).is_empty() {
        Ok(rebase(mine, base, current))
    } else {
        Err(AppError::Conflict { message: "settings.conflict".into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop(name: &str, zone: &str) -> ShopForm {
        ShopForm { name: name.into(), time_zone: zone.into(), ..ShopForm::default() }
    }

    #[test]
    fn edits_of_different_fields_go_together_and_of_the_same_do_not() {
        let base = shop("Shop", "UTC");
        assert_eq!(merge(&shop("Mine", "UTC"), &base, &shop("Shop", "Europe/Berlin")), Ok(shop("Mine", "Europe/Berlin")));
        assert_eq!(merge(&shop("Mine ", "UTC"), &base, &shop("Mine", "UTC")), Ok(shop("Mine", "UTC")), "the same to the same");
        let theirs = shop("Theirs", "UTC");
        assert!(matches!(merge(&shop("Mine", "UTC"), &base, &theirs), Err(AppError::Conflict { .. })));
        assert_eq!(conflicts(&shop("Mine", "UTC"), &base, &theirs), [("settings.name", "Theirs".to_owned())]);
        assert_eq!(rebase(&shop("Mine", "UTC"), &base, &shop("Theirs", "Asia/Tokyo")), shop("Mine", "Asia/Tokyo"));
    }
}
