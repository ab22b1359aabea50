//! A shop to order in: products, a store, codes, and somebody who writes drafts.

use crate::support::{NOW, integer, staff};
use clientele::args;
use clientele::base::{
    AppError, AppResult, Currency, CustomerId, GiftCardId, LedgerAccountId, Money, OrderId, ProductId, PromotionId, StaffId,
    Timestamp,
};
use clientele::commerce::drafts::{self, CardChoice, Completion, DraftEdit, LineEdit, NewDraft, PaymentChoice, Placed};
use clientele::commerce::giftcards::{self, NewCard};
use clientele::commerce::ledger::{self, AccountKind, By, Posting, Reason, Unit};
use clientele::commerce::orders::Clerk;
use clientele::office::audit::store::Actor;
use clientele::office::settings::ShopSettings;
use clientele::office::settings::zone::Zone;
use clientele::server::keys::Keys;
use clientele::server::{Args, Db, Query};

/// A shop and who works in it.
pub struct Shop {
    pub db: Db,
    pub keys: Keys,
    pub settings: ShopSettings,
    pub staff: StaffId,
    pub now: Timestamp,
}

impl Shop {
    /// No tax, shipping 5.00.
    pub async fn open(db: &Db) -> Self {
        let mut settings = ShopSettings::default();
        settings.checkout.shipping_minor = 5_00;
        let shop = Self { db: db.clone(), keys: Keys::derive(&[7; 32]), settings, staff: staff(db, "Sam").await, now: NOW };
        shop.run("INSERT INTO stores (code, name, currency, created_at) VALUES ('web', 'Web', 'USD', $1)", args![NOW]).await;
        shop
    }

    pub fn clerk(&self) -> Clerk<'_> {
        let actor = Actor { staff: Some(self.staff), ..Actor::system(self.now) };
        Clerk { keys: &self.keys, settings: &self.settings, zone: Zone::UTC, by: By::Staff(self.staff), actor }
    }

    pub async fn run(&self, sql: &str, args: Args) {
        let tx = self.db.begin().await.expect("a transaction");
        tx.execute(sql, args).await.expect("a statement that runs");
        tx.commit().await.expect("a commit");
    }

    /// The one integer that a query yields.
    pub async fn count(&self, sql: &str, args: Args) -> i64 {
        integer(&self.db, sql, args).await
    }

    /// An order that came with its number from elsewhere.
    pub async fn import_order(&self, customer: CustomerId, number: &str, id: i64) {
        self.run(
            "INSERT INTO orders (id, number, store_id, customer_id, status, payment_state, fulfilment_state, currency, subtotal_minor,
               total_minor, base_total_minor, placed_at, placed_day, state_since, created_at, updated_at)
             VALUES ($1, $2, (SELECT id FROM stores), $3, 'placed', 'paid', 'delivered', 'USD', 0, 0, 0, $4, 20000, $4, $4, $4)",
            args![id, number, customer, NOW],
        )
        .await;
        if self.db.is_postgres() {
            self.run("SELECT setval(pg_get_serial_sequence('orders', 'id'), $1)", args![id]).await;
        }
    }

    pub async fn product(&self, sku: &str, minor: i64) -> ProductId {
        self.product_in(sku, minor, "USD", "goods").await
    }

    pub async fn product_in(&self, sku: &str, minor: i64, currency: &str, kind: &str) -> ProductId {
        let tx = self.db.begin().await.expect("a transaction");
        let id = tx
            .insert(
                "INSERT INTO products (sku, name, price_minor, currency, kind, created_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
                args![sku, format!("The {sku}"), minor, currency, kind, NOW],
            )
            .await
            .expect("a product");
        tx.commit().await.expect("a commit");
        ProductId(id)
    }

    /// A code that takes 10 % off; `more` are further columns: `limit_total = 5`.
    pub async fn code(&self, code: &str, more: &str) -> PromotionId {
        let tx = self.db.begin().await.expect("a transaction");
        let id = tx
            .insert(
                "INSERT INTO promotions (code, code_key, name, kind, percent_bp, created_at) VALUES ($1, $1, $1, 'percent', 1000, $2)
                 RETURNING id",
                args![code, NOW],
            )
            .await
            .expect("a promotion");
        if !more.is_empty() {
            tx.execute(&format!("UPDATE promotions SET {more} WHERE id = $1"), args![id]).await.expect("its terms");
        }
        tx.commit().await.expect("a commit");
        PromotionId(id)
    }

    /// Gives store credit or points.
    pub async fn give(&self, customer: CustomerId, kind: AccountKind, amount: i64) -> LedgerAccountId {
        let unit = if kind == AccountKind::Points { Unit::Points } else { Unit::Money(Currency::USD) };
        let tx = self.db.begin().await.expect("a transaction");
        let account = ledger::open(&tx, kind, Some(customer), unit, NOW).await.expect("an account");
        let posting = Posting { amount, reason: Reason::Goodwill, by: By::Job, key: "given", order: None, note: "", at: NOW };
        ledger::credit(&tx, account, posting, None).await.expect("a credit");
        tx.commit().await.expect("a commit");
        account
    }

    /// A gift card and its code.
    pub async fn card(&self, minor: i64, key: &str) -> (GiftCardId, String) {
        let new = NewCard {
            amount: Money::new(minor, Currency::USD),
            customer: None,
            expires: None,
            message: "",
            batch: "",
            order: None,
            key,
        };
        let tx = self.db.begin().await.expect("a transaction");
        let issued = giftcards::issue(&tx, &self.keys, new, By::Staff(self.staff), NOW).await.expect("a card");
        tx.commit().await.expect("a commit");
        (issued.id, issued.code.expect("a new card's code"))
    }

    pub async fn balance(&self, account: LedgerAccountId) -> i64 {
        self.count("SELECT balance FROM ledger_accounts WHERE id = $1", args![account]).await
    }

    pub async fn draft(&self, customer: CustomerId, edit: DraftEdit) -> AppResult<OrderId> {
        self.new_draft(NewDraft { edit, ..NewDraft::of(customer) }).await
    }

    pub async fn new_draft(&self, new: NewDraft<'_>) -> AppResult<OrderId> {
        let tx = self.db.begin().await?;
        let id = drafts::create(&tx, &self.clerk(), new).await?;
        tx.commit().await?;
        Ok(id)
    }

    pub async fn change(&self, order: OrderId, version: Option<i64>, edit: &DraftEdit) -> AppResult<drafts::Quote> {
        let tx = self.db.begin().await?;
        let quote = drafts::change(&tx, &self.clerk(), order, version, edit).await?;
        tx.commit().await?;
        Ok(quote)
    }

    pub async fn complete(&self, order: OrderId, completion: &Completion) -> AppResult<Placed> {
        let tx = self.db.begin().await?;
        let placed = drafts::complete(&tx, &self.clerk(), order, completion).await?;
        tx.commit().await?;
        Ok(placed)
    }

    pub async fn pay_cash(&self, order: OrderId) -> AppResult<Placed> {
        self.complete(order, &cash()).await
    }

    /// That figures and ledgers add up.
    pub async fn is_sound(&self) {
        let differences = clientele::commerce::stats::check(&self.db, |_| ()).await.expect("figures");
        assert!(differences.is_empty(), "{differences:?}");
    }
}

pub fn line(product: ProductId, quantity: i64) -> LineEdit {
    LineEdit { product, quantity }
}

pub fn lines(lines: &[(ProductId, i64)]) -> DraftEdit {
    DraftEdit { lines: lines.iter().map(|(product, quantity)| line(*product, *quantity)).collect(), ..DraftEdit::default() }
}

pub fn by_code(code: &str) -> Vec<CardChoice> {
    vec![CardChoice::Code(code.to_owned())]
}

/// Paid in cash.
pub fn cash() -> Completion {
    let payment = PaymentChoice::Paid { method: drafts::PaidBy::Cash, reference: String::new() };
    Completion { payment, ..Completion::default() }
}

/// The field of an error, and the key of its message without values.
pub fn refusal<T: std::fmt::Debug>(result: AppResult<T>) -> (String, String) {
    let key = |message: String| message.split('\u{1f}').next().unwrap_or_default().to_owned();
    match result {
        Err(AppError::Invalid { field, message }) => (field, key(message)),
        Err(AppError::Conflict { message }) => ("conflict".into(), key(message)),
        other => (format!("{other:?}"), String::new()),
    }
}
