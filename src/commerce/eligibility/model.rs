//! Early access, and what is known of whoever asks for it.

use crate::base::{AppError, AppResult, Day, GroupId, SegmentId, TagId};
use crate::customers::segments::SegmentName;
use serde::{Deserialize, Serialize};

/// The first day that forms take: earlier ones are slips of the hand, and instants before 1970 would mean never.
const FIRST: Day = Day(10_957);

/// For whom something opens earlier, besides those whose pricing group or tier has early access to everything: whoever is in any
/// of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Early {
    pub group: Option<GroupId>,
    pub tag: Option<TagId>,
    /// Whoever is in it as they order.
    pub segment: Option<SegmentId>,
}

impl Early {
    /// Whether it names nobody.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// As the audit log writes it: empty for nobody.
    #[must_use]
    pub fn text(self) -> String {
        let group = self.group.map(|id| format!("group {id}"));
        let tag = self.tag.map(|id| format!("tag {id}"));
        let segment = self.segment.map(|id| format!("segment {id}"));
        [group, segment, tag].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// Whether it names this customer, as far as is known of them.
    #[must_use]
    pub fn names(self, member: &Member) -> bool {
        self.group.is_some_and(|group| member.groups.contains(&group))
            || self.tag.is_some_and(|tag| member.tags.contains(&tag))
            || self.segment.is_some_and(|segment| member.segments.contains(&segment))
    }
}

/// What a customer is, as far as it was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    pub groups: Vec<GroupId>,
    pub tags: Vec<TagId>,
    /// Groups and tags were read: all of them are here.
    pub is_read: bool,
    /// Those they are in, of the segments that were asked.
    pub segments: Vec<SegmentId>,
    pub asked: Vec<SegmentId>,
    pub tier: Option<String>,
    /// Their pricing group or tier has early access to everything.
    pub early_access: bool,
}

impl Member {
    /// Whether what opens earlier for these opens earlier for this customer.
    #[must_use]
    pub fn has_early_access(&self, early: Early) -> bool {
        self.early_access || early.names(self)
    }
}

/// For whom something opens earlier, as it is typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EarlyForm {
    pub group: Option<GroupId>,
    pub segment: Option<SegmentId>,
    /// A tag's name.
    pub tag: String,
}

impl EarlyForm {
    /// Whoever is named gets something: there is a day from which it opens earlier.
    ///
    /// # Errors
    /// [`AppError::Invalid`] on `field`, the day's.
    pub fn check(&self, field: &str, day: Option<Day>) -> AppResult<()> {
        let is_empty = self.group.is_none() && self.segment.is_none() && self.tag.trim().is_empty();
        if is_empty || day.is_some() { Ok(()) } else { Err(AppError::invalid(field, "promotions.early_when")) }
    }
}

/// What can be named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// Those in use, by name.
    pub groups: Vec<(GroupId, String)>,
    /// Those in use.
    pub segments: Vec<SegmentName>,
    /// Names of tags.
    pub tags: Vec<String>,
}

/// A day as forms say it; empty is none.
///
/// # Errors
/// [`AppError::Invalid`] on `field`.
pub fn typed_day(field: &str, text: &str) -> AppResult<Option<Day>> {
    match text.trim() {
        "" => Ok(None),
        text => {
            let day = Day::parse(text).filter(|day| *day >= FIRST);
            day.map(Some).ok_or_else(|| AppError::invalid(field, "promotions.day_invalid"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_of_what_is_named_opens_earlier() {
        let early = Early { group: Some(GroupId(1)), tag: Some(TagId(2)), segment: Some(SegmentId(3)) };
        let nobody = Member::default();
        assert!(!nobody.has_early_access(early) && !nobody.has_early_access(Early::default()));
        for member in [
            Member { groups: vec![GroupId(1)], ..Member::default() },
            Member { tags: vec![TagId(2)], ..Member::default() },
            Member { segments: vec![SegmentId(3)], ..Member::default() },
        ] {
            assert!(member.has_early_access(early), "{member:?}");
            assert!(!member.has_early_access(Early::default()), "{member:?}");
        }
        let others = Member {
            groups: vec![GroupId(2)],
            tags: vec![TagId(3)],
            asked: vec![SegmentId(3)],
            segments: vec![SegmentId(1)],
            ..Member::default()
        };
        assert!(!others.has_early_access(early));
        let everything = Member { early_access: true, ..Member::default() };
        assert!(everything.has_early_access(early) && everything.has_early_access(Early::default()));
    }

    #[test]
    fn days_are_read_and_who_is_named_needs_one() {
        assert_eq!(typed_day("from", " "), Ok(None));
        assert_eq!(typed_day("from", "2000-01-01"), Ok(Some(FIRST)));
        for text in ["1999-12-31", "1969-07-21", "soon"] {
            assert_eq!(typed_day("from", text), Err(AppError::invalid("from", "promotions.day_invalid")), "{text}");
        }
        let tagged = EarlyForm { tag: "gift".into(), ..EarlyForm::default() };
        assert_eq!(tagged.check("early_from", None), Err(AppError::invalid("early_from", "promotions.early_when")));
        assert_eq!((tagged.check("early_from", Some(FIRST)), EarlyForm::default().check("early_from", None)), (Ok(()), Ok(())));
    }
}
