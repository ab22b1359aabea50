//! Random sequences of operations against a model that is too simple to be wrong: it keeps every single unit apart.

use crate::support::{self, NOW};
use crate::{account, assert_adds_up, balance, commit, posting};
use clientele::args;
use clientele::base::{AppError, AuthorisationId, LedgerAccountId, LedgerEntryId, Timestamp};
use clientele::commerce::ledger::authorise::{authorise, capture, void};
use clientele::commerce::ledger::{Posting, credit, debit, expiry, reverse, set_limit, store};
use clientele::server::{Db, Query};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::sync::atomic::{AtomicU32, Ordering};

const DAY: i64 = Timestamp::DAY;
/// As the engine gives it.
const GRACE: i64 = 30;

#[derive(Clone, Debug)]
enum Op {
    /// Amount, and days until it expires.
    Credit(i64, Option<i64>),
    Debit(i64),
    Authorise(i64),
    /// Which debit, counted from the last; how much.
    Capture(usize, i64),
    Void(usize),
    Reverse(usize, i64),
    Limit(i64),
    /// So many days go by.
    Pass(i64),
    Sweep,
    /// The last credit or debit once more, under its key.
    Again,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let amount = || prop_oneof![9 => 1..60_i64, 1 => -1..2_i64];
    vec(
        prop_oneof![
            4 => (amount(), of(1..6_i64)).prop_map(|(amount, days)| Op::Credit(amount, days)),
            4 => amount().prop_map(Op::Debit),
            2 => amount().prop_map(Op::Authorise),
            2 => (0..4_usize, amount()).prop_map(|(which, amount)| Op::Capture(which, amount)),
            1 => (0..4_usize).prop_map(Op::Void),
            3 => (0..4_usize, amount()).prop_map(|(which, amount)| Op::Reverse(which, amount)),
            1 => (0..80_i64).prop_map(Op::Limit),
            2 => (0..4_i64).prop_map(Op::Pass),
            1 => Just(Op::Sweep),
            1 => Just(Op::Again),
        ],
        1..40,
    )
}

/// One unit of an amount: the day on which it expires (`i64::MAX` is never) and the number of its lot.
type Piece = (i64, u64);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Aside {
    Open,
    Captured(i64),
    Voided,
}

#[derive(Clone, Debug)]
struct Debited {
    amount: i64,
    /// How much of it can still come back.
    left: i64,
    pieces: Vec<Piece>,
    aside: Option<Aside>,
}

#[derive(Clone, Debug, Default)]
struct Model {
    today: i64,
    pieces: Vec<Piece>,
    owed: i64,
    limit: i64,
    lots: u64,
    debits: Vec<Debited>,
}

/// The engine refuses.
struct Refused;

impl Model {
    fn balance(&self) -> i64 {
        self.pieces.len() as i64 - self.owed
    }

    fn add(&mut self, amount: i64, expires: i64) {
        self.lots += u64::from(amount > 0);
        self.pieces.extend((0..amount).map(|_| (expires, self.lots)));
    }

    fn sweep(&mut self) {
        let today = self.today;
        self.pieces.retain(|piece| piece.0 > today);
    }

    fn settle(&mut self, amount: i64) -> i64 {
        let settled = self.owed.min(amount);
        self.owed -= settled;
        settled
    }

    fn credit(&mut self, amount: i64, expires: Option<i64>) -> Result<(), Refused> {
        positive(amount)?;
        self.sweep();
        let rest = amount - self.settle(amount);
        self.add(rest, expires.map_or(i64::MAX, |days| self.today + days));
        Ok(())
    }

    fn debit(&mut self, amount: i64, aside: Option<Aside>) -> Result<(), Refused> {
        positive(amount)?;
        self.sweep();
        if amount > self.balance() + self.limit {
            return Err(Refused);
        }
        self.pieces.sort();
        let taken: Vec<Piece> = self.pieces.drain(..self.pieces.len().min(amount as usize)).collect();
        self.owed += amount - taken.len() as i64;
        self.debits.push(Debited { amount, left: amount, pieces: taken, aside });
        Ok(())
    }

    fn give_back(&mut self, which: usize, amount: i64) -> Result<(), Refused> {
        positive(amount)?;
        self.sweep();
        let mut debit = self.debits[which].clone();
        if amount > debit.left {
            return Err(Refused);
        }
        let settled = self.settle(amount);
        let unbound = (debit.left - debit.pieces.len() as i64 - settled).clamp(0, amount - settled);
        debit.left -= amount;
        let back = (amount - settled - unbound) as usize;
        let pieces = debit.pieces.split_off(debit.pieces.len() - back);
        let (good, late): (Vec<Piece>, Vec<Piece>) = pieces.into_iter().partition(|piece| piece.0 > self.today);
        self.pieces.extend(good);
        self.add(late.len() as i64, self.today + GRACE);
        self.add(unbound, i64::MAX);
        self.debits[which] = debit;
        Ok(())
    }

    fn reverse(&mut self, which: usize, amount: i64) -> Result<(), Refused> {
        if self.debits[which].aside == Some(Aside::Open) { Err(Refused) } else { self.give_back(which, amount) }
    }

    fn close(&mut self, which: usize, to: Aside) -> Result<(), Refused> {
        let keep = if let Aside::Captured(amount) = to { amount } else { 0 };
        match self.debits[which].aside {
            Some(Aside::Open) => {}
            Some(aside) if aside == to => return Ok(()),
            _ => return Err(Refused),
        }
        let amount = self.debits[which].amount;
        if keep > amount || matches!(to, Aside::Captured(..=0)) {
            return Err(Refused);
        }
        self.debits[which].aside = Some(to);
        if keep < amount { self.give_back(which, amount - keep) } else { Ok(()) }
    }

    fn set_limit(&mut self, limit: i64) -> Result<(), Refused> {
        if self.owed > limit {
            return Err(Refused);
        }
        self.limit = limit;
        Ok(())
    }

    /// The day of expiry and what is left, of every lot.
    fn left(&self) -> Vec<(i64, i64)> {
        let mut lots = std::collections::BTreeMap::<(u64, i64), i64>::new();
        for piece in &self.pieces {
            *lots.entry((piece.1, piece.0)).or_default() += 1;
        }
        let mut left: Vec<_> = lots.into_iter().map(|((_, expires), amount)| (expires, amount)).collect();
        left.sort();
        left
    }
}

fn positive(amount: i64) -> Result<(), Refused> {
    if amount > 0 { Ok(()) } else { Err(Refused) }
}

/// The engine's side of one run.
struct Real {
    db: Db,
    account: LedgerAccountId,
    debits: Vec<(LedgerEntryId, Option<AuthorisationId>)>,
    keys: u32,
    last: Option<(bool, i64, String)>,
}

impl Real {
    async fn apply(&mut self, op: &Op, today: i64) -> Result<(), AppError> {
        self.keys += 1;
        let key = format!("key {}", self.keys);
        let (db, account, at) = (self.db.clone(), self.account, NOW.plus(today * DAY));
        let posting = |amount| Posting { at, ..posting(amount, &key) };
        match *op {
            Op::Credit(amount, days) => {
                let expires = days.map(|days| at.plus(days * DAY));
                commit(&db, async |tx| credit(tx, account, posting(amount), expires).await).await?;
                self.last = Some((true, amount, key));
            }
            Op::Debit(amount) => {
                let posted = commit(&db, async |tx| debit(tx, account, posting(amount)).await).await?;
                self.debits.push((posted.entry, None));
                self.last = Some((false, amount, key));
            }
            Op::Authorise(amount) => {
                let set_aside = commit(&db, async |tx| authorise(tx, account, posting(amount)).await).await?;
                self.debits.push((set_aside.posted.entry, Some(set_aside.id)));
            }
            Op::Capture(which, amount) => {
                let id = self.debits[which].1.ok_or(AppError::NotFound)?;
                commit(&db, async |tx| capture(tx, id, posting(amount)).await).await?;
            }
            Op::Void(which) => {
                let id = self.debits[which].1.ok_or(AppError::NotFound)?;
                commit(&db, async |tx| void(tx, id, posting(1)).await).await?;
            }
            Op::Reverse(which, amount) => {
                let entry = self.debits[which].0;
                commit(&db, async |tx| reverse(tx, entry, posting(amount)).await).await?;
            }
            Op::Limit(limit) => commit(&db, async |tx| set_limit(tx, account, limit).await).await?,
            Op::Pass(_) => {}
            Op::Sweep => {
                commit(&db, async |tx| expiry::sweep(tx, &mut store::hold(tx, account).await?, at).await).await?;
            }
            Op::Again => {
                let Some((up, amount, key)) = self.last.clone() else { return Ok(()) };
                let posting = Posting { key: &key, ..posting(amount) };
                let again =
                    commit(
                        &db,
                        async |tx| {
                            if up { credit(tx, account, posting, None).await } else { debit(tx, account, posting).await }
                        },
                    );
                assert!(again.await?.repeated);
            }
        }
        Ok(())
    }

    async fn left(&self) -> Vec<(i64, i64)> {
        let sql = "SELECT expires_at, remaining FROM ledger_lots WHERE account_id = $1 AND remaining > 0";
        let rows: Vec<(i64, i64)> = self.db.all(sql, args![self.account]).await.expect("lots");
        let day = |at: i64| if at == 0 { i64::MAX } else { (at - NOW.0) / DAY };
        let mut left: Vec<_> = rows.into_iter().map(|(at, remaining)| (day(at), remaining)).collect();
        left.sort();
        left
    }
}

/// Runs the operations on both sides, in step.
async fn compare(db: Db, ops: Vec<Op>) -> Result<(), TestCaseError> {
    static RUN: AtomicU32 = AtomicU32::new(0);
    let email = format!("run{}@shop.example", RUN.fetch_add(1, Ordering::Relaxed));
    let (_, account) = account(&db, &email).await;
    let mut real = Real { db, account, debits: vec![], keys: 0, last: None };
    let mut model = Model::default();
    for op in ops {
        // "The second last debit", as a number from the front; without any there is nothing to do.
        let op = match (op, model.debits.len()) {
            (Op::Capture(..) | Op::Void(_) | Op::Reverse(..), 0) => continue,
            (Op::Capture(which, amount), n) => Op::Capture(n - 1 - which % n, amount),
            (Op::Void(which), n) => Op::Void(n - 1 - which % n),
            (Op::Reverse(which, amount), n) => Op::Reverse(n - 1 - which % n, amount),
            (op, _) => op,
        };
        let mut next = model.clone();
        let expected = match op {
            Op::Credit(amount, days) => next.credit(amount, days),
            Op::Debit(amount) => next.debit(amount, None),
            Op::Authorise(amount) => next.debit(amount, Some(Aside::Open)),
            Op::Capture(which, amount) => next.close(which, Aside::Captured(amount)),
            Op::Void(which) => next.close(which, Aside::Voided),
            Op::Reverse(which, amount) => next.reverse(which, amount),
            Op::Limit(limit) => next.set_limit(limit),
            Op::Pass(days) => {
                next.today += days;
                Ok(())
            }
            Op::Sweep => {
                next.sweep();
                Ok(())
            }
            Op::Again => Ok(()),
        };
        let result = real.apply(&op, next.today).await;
        prop_assert_eq!(result.is_ok(), expected.is_ok(), "{:?}: {:?}", op, result);
        if expected.is_ok() {
            model = next;
        }
        prop_assert_eq!(balance(&real.db, account).await, model.balance(), "{:?}", op);
        prop_assert_eq!(real.left().await, model.left(), "{:?}", op);
        prop_assert!(model.balance() >= -model.limit);
    }
    Ok(())
}

support::db_test!(random_operations_do_as_the_model_does);
async fn random_operations_do_as_the_model_does(db: Db) {
    let (handle, of_run) = (tokio::runtime::Handle::current(), db.clone());
    let run = move || {
        let mut runner = TestRunner::new(Config { cases: 60, failure_persistence: None, ..Config::default() });
        runner.run(&ops(), |ops| handle.block_on(compare(of_run.clone(), ops)))
    };
    tokio::task::spawn_blocking(run).await.expect("a runner").unwrap_or_else(|failure| panic!("{failure}"));
    assert_adds_up(&db).await;
}
