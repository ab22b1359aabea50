//! Binds: the few value types that both databases share, collected before it is known which database runs them.

use crate::base::*;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, Encode, Postgres, Sqlite, Type};

/// One bind. NULLs are typed, since PostgreSQL asks for the type of every bind.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bool(Option<bool>),
    Bytes(Option<Vec<u8>>),
}

/// The binds of one statement: `$1`, `$2`, … in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Args(pub Vec<Value>);

/// Collects binds: `args![customer_id, "active", now]`.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { $crate::server::db::Args(vec![$($crate::server::db::Value::from($value)),*]) };
}

impl Args {
    /// Adds a bind and yields its number, for statements built at run time.
    pub fn push(&mut self, value: impl Into<Value>) -> usize {
        self.0.push(value.into());
        self.0.len()
    }

    pub(super) fn sqlite(self) -> SqliteArguments {
        let mut out = SqliteArguments::default();
        for value in self.0 {
            match value {
                Value::Int(v) => add::<Sqlite, _>(&mut out, v),
                Value::Text(v) => add::<Sqlite, _>(&mut out, v),
                Value::Bool(v) => add::<Sqlite, _>(&mut out, v),
                Value::Bytes(v) => add::<Sqlite, _>(&mut out, v),
            }
        }
        out
    }

    pub(super) fn postgres(self) -> PgArguments {
        let mut out = PgArguments::default();
        for value in self.0 {
            match value {
                Value::Int(v) => add::<Postgres, _>(&mut out, v),
                // PostgreSQL's text cannot hold NUL; a person who types one means nothing by it.
                Value::Text(v) => add::<Postgres, _>(&mut out, v.map(|t| if t.contains('\0') { t.replace('\0', "") } else { t })),
                Value::Bool(v) => add::<Postgres, _>(&mut out, v),
                Value::Bytes(v) => add::<Postgres, _>(&mut out, v),
            }
        }
        out
    }
}

fn add<'t, DB: sqlx::Database, T: Encode<'t, DB> + Type<DB> + 't>(args: &mut DB::Arguments, value: T) {
    if let Err(error) = args.add(value) {
        // Only a value over 2 GiB fails to encode; requests are limited to far less.
        tracing::error!(%error, "a bind could not be encoded");
    }
}

macro_rules! value_from {
    ($($type:ty => $variant:ident($value:ident) $make:expr;)*) => {$(
        impl From<$type> for Value { fn from($value: $type) -> Self { Value::$variant(Some($make)) } }
        impl From<Option<$type>> for Value { fn from(value: Option<$type>) -> Self { Value::$variant(value.map(|$value| $make)) } }
    )*};
}

value_from! {
    i64 => Int(v) v;
    i32 => Int(v) i64::from(v);
    u32 => Int(v) i64::from(v);
    usize => Int(v) i64::try_from(v).unwrap_or(i64::MAX);
    Timestamp => Int(v) v.0;
    Day => Int(v) i64::from(v.0);
    CustomerId => Int(v) v.0;
    OrderId => Int(v) v.0;
    AddressId => Int(v) v.0;
    NoteId => Int(v) v.0;
    TagId => Int(v) v.0;
    GroupId => Int(v) v.0;
    StaffId => Int(v) v.0;
    SessionId => Int(v) v.0;
    BranchId => Int(v) v.0;
    CampaignId => Int(v) v.0;
    JobId => Int(v) v.0;
    MailId => Int(v) v.0;
    ViewId => Int(v) v.0;
    LedgerAccountId => Int(v) v.0;
    LedgerEntryId => Int(v) v.0;
    AuthorisationId => Int(v) v.0;
    ApiKeyId => Int(v) v.0;
    AssignmentRuleId => Int(v) v.0;
    GiftCardId => Int(v) v.0;
    InvoiceId => Int(v) v.0;
    OrderLineId => Int(v) v.0;
    PaymentId => Int(v) v.0;
    RefundId => Int(v) v.0;
    ReturnId => Int(v) v.0;
    ShipmentId => Int(v) v.0;
    SegmentId => Int(v) v.0;
    bool => Bool(v) v;
    &str => Text(v) v.to_owned();
    String => Text(v) v;
    Vec<u8> => Bytes(v) v;
}

impl From<&String> for Value {
    fn from(v: &String) -> Self {
        Value::Text(Some(v.clone()))
    }
}
