//! What a person sees of a job.

use crate::base::JobId;
use serde::{Deserialize, Serialize};

/// The kinds of work, as the database and the messages files (`job.{kind}`) name them.
pub mod kind {
    pub const TAG: &str = "customers.tag";
    pub const UNTAG: &str = "customers.untag";
    pub const ADD_TO_GROUP: &str = "customers.add_to_group";
    pub const REMOVE_FROM_GROUP: &str = "customers.remove_from_group";
    pub const BLOCK: &str = "customers.block";
    pub const UNBLOCK: &str = "customers.unblock";
    /// Takes a tag off everybody, since it is deleted, or puts another in its place.
    pub const DELETE_TAG: &str = "tags.delete";
    pub const MERGE_TAGS: &str = "tags.merge";
    /// Moves everybody of a group to another.
    pub const MOVE_GROUP: &str = "groups.move";
    /// Does what certain rules for groups and tags say.
    pub const ASSIGN: &str = "memberships.assign";
    /// Does what all of them say.
    pub const ASSIGN_ALL: &str = "memberships.assign_all";
    /// Finds out anew who is in the segments that are due.
    pub const SWEEP_SEGMENTS: &str = "segments.sweep";
    /// Turns back what one of the above did.
    pub const UNDO: &str = "customers.undo";
    pub const REBUILD_DAYS: &str = "settings.rebuild_days";
    /// Makes the entries of credit, cards and points whose time is over.
    pub const EXPIRE_LEDGERS: &str = "ledger.expire";
    /// Proves that all balances are right.
    pub const CHECK_LEDGERS: &str = "ledger.check";

    /// Fits the models of what customers will buy.
    pub const FIT_PREDICTIONS: &str = "predictions.fit";
    /// Forgets what programs' requests were answered.
    pub const FORGET_REQUESTS: &str = "api.forget_requests";

    /// Writes down who gets a campaign.
    pub const FREEZE_CAMPAIGN: &str = "campaigns.freeze";
    /// Clears away carts that nobody came back to.
    pub const PRUNE_CARTS: &str = "drafts.prune_carts";

    /// Those that can be undone.
    pub const UNDOABLE: &[&str] =
        &[TAG, UNTAG, ADD_TO_GROUP, REMOVE_FROM_GROUP, BLOCK, UNBLOCK, DELETE_TAG, MERGE_TAGS, MOVE_GROUP];
    /// Of these, those that did something even where they changed no customer: a tag is gone.
    pub const UNDOABLE_FOR_NOBODY: &[&str] = &[DELETE_TAG, MERGE_TAGS];
    pub const ALL: &[&str] = &[
        TAG,
        UNTAG,
        ADD_TO_GROUP,
        REMOVE_FROM_GROUP,
        BLOCK,
        UNBLOCK,
        DELETE_TAG,
        MERGE_TAGS,
        MOVE_GROUP,
        ASSIGN,
        ASSIGN_ALL,
        SWEEP_SEGMENTS,
        UNDO,
        REBUILD_DAYS,
        EXPIRE_LEDGERS,
        CHECK_LEDGERS,
        FIT_PREDICTIONS,
        FORGET_REQUESTS,
        PRUNE_CARTS,
        FREEZE_CAMPAIGN,
    ];
    /// Those that run once a day, in this order.
    pub const NIGHTLY: &[&str] =
        &[EXPIRE_LEDGERS, CHECK_LEDGERS, FIT_PREDICTIONS, FORGET_REQUESTS, PRUNE_CARTS, ASSIGN_ALL, SWEEP_SEGMENTS];
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    Queued,
    Running,
    Done,
    Failed,
    /// Stopped by a person; what was done until then stays (and can be undone).
    Cancelled,
}

impl JobStatus {
    pub const ALL: [JobStatus; 5] = [Self::Queued, Self::Running, Self::Done, Self::Failed, Self::Cancelled];

    /// As the database writes it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }
}

/// A job and how far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobView {
    pub id: JobId,
    /// One of [`kind::ALL`].
    pub kind: String,
    /// What it is about: the name of the tag or group.
    pub subject: String,
    pub status: JobStatus,
    /// Items looked at, of `total`.
    pub progress: i64,
    pub total: i64,
    /// Items that it changed; the others were as wanted already, or are not to be touched.
    pub changed: i64,
    /// The messages key of what went wrong; empty where nothing did.
    pub error: String,
    /// Whether what it did can be turned back by another job.
    pub undoable: bool,
}

impl JobView {
    /// Whether nothing more will happen.
    #[must_use]
    pub fn is_over(&self) -> bool {
        !matches!(self.status, JobStatus::Queued | JobStatus::Running)
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use crate::base::i18n::by_code;

    #[test]
    fn every_kind_has_its_texts() {
        let english = by_code("en");
        for kind in kind::ALL {
            for key in [format!("job.{kind}"), format!("job.{kind}.done.one"), format!("job.{kind}.done.other")] {
                assert_ne!(english.dynamic(&key), key);
            }
        }
    }
}
