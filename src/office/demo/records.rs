//! The customer record itself: who they are, where they live, groups, tags, consents, and their statistics.

use super::story::{Subject, Teller};
use super::tables::{AddressRow, Batch, ConsentRow, CustomerRow, GroupMemberRow, MembershipRow, StatsRow, TagRow};
use super::words::{Weighted, any, between, chance};
use crate::base::Timestamp;
use crate::base::contact;
use crate::base::text::normalise;
use crate::commerce::stats::average_minor;
use crate::customers::name::name_key;
use rand_chacha::ChaCha8Rng;

/// The wording that customers agreed to.
const WORDING: &str = "2024-05";

/// As the group rule: a customer who spent more than 5,000 becomes VIP.
const VIP_OVER_MINOR: i64 = 5_000_00;
/// Staff made some of those who spent more than this VIP by hand.
const VIP_BY_HAND_MINOR: i64 = 1_000_00;
/// As the group rule: more orders than this make a member of Loyalty.
const LOYALTY_OVER_ORDERS: usize = 10;

/// Adds the customer with everything that hangs on the record alone.
pub fn tell(teller: &Teller, subject: &Subject, out: &mut Batch, rng: &mut ChaCha8Rng) {
    let group = tell_groups(teller, subject, out, rng);
    tell_customer(teller, subject, group, out, rng);
    tell_addresses(subject, out);
    tell_tags(teller, subject, out, rng);
    tell_consents(teller, subject, out, rng);
    tell_stats(subject, out);
}

fn tell_customer(teller: &Teller, subject: &Subject, pricing_group_id: i64, out: &mut Batch, rng: &mut ChaCha8Rng) {
    let persona = &subject.persona;
    let sources: Weighted<&'static str> =
        [("portal", 66), ("campaign", 17), ("api", 7), ("import", 6), ("staff", 4)].into_iter().collect();
    let source = sources.pick(rng).copied().unwrap_or("portal");
    let home = persona.homes.first();
    let (country, region, city) = home.map_or(("", "", ""), |h| (h.country, h.region, h.city));
    let time_zone = home.map_or("", |h| h.time_zone);
    let branch = branch(teller, country, rng);
    let last_login_at = last_login(teller, subject, source, rng);
    let phone = persona.phone.clone();
    out.push(CustomerRow {
        id: subject.id,
        account_number: format!("C-{}", 1_000_000 + subject.id),
        first_name: persona.name.first.clone(),
        last_name: persona.name.last.clone(),
        company: persona.company,
        email: persona.email.clone(),
        email_key: contact::email_key(&persona.email),
        email_confirmed: chance(930, rng),
        phone_key: contact::phone_key(phone.as_deref().unwrap_or_default(), country),
        phone,
        date_of_birth: persona.date_of_birth.clone(),
        locale: persona.name.locale,
        time_zone,
        branch_id: branch.map(|b| b.0),
        department_id: branch.and_then(|b| b.1),
        account_status: if chance(2, rng) { "blocked" } else { "active" },
        source,
        campaign: (source == "campaign").then(|| teller.sentences.pick("campaign", rng)),
        pricing_group_id,
        custom_fields: custom_fields(rng),
        marketing_email: subject.marketing_email,
        marketing_sms: subject.marketing_sms,
        country,
        region,
        city,
        region_key: normalise(region),
        city_key: normalise(city),
        name_key: name_key(&persona.name.first, &persona.name.last, persona.company),
        location_key: normalise(&format!("{country} {region} {city}")),
        registered_at: subject.registered_at.0,
        registered_day: i64::from(subject.registered_day.0),
        last_login_at,
        created_at: subject.registered_at.0,
        updated_at: last_login_at.max(subject.registered_at.0),
    });
}

fn custom_fields(rng: &mut ChaCha8Rng) -> &'static str {
    match between(0, 99, rng) {
        0..=6 => r#"{"favourite_format":"CD"}"#,
        7..=11 => r#"{"favourite_format":"Vinyl"}"#,
        12..=14 => r#"{"favourite_format":"CD","record_player":"yes"}"#,
        _ => "{}",
    }
}

/// Some are looked after by the branch of their part of the world, and of these most by one of its departments.
fn branch(teller: &Teller, country: &str, rng: &mut ChaCha8Rng) -> Option<(i64, Option<i64>)> {
    if !chance(340, rng) {
        return None;
    }
    let near = match country {
        "DE" | "AT" | "CH" | "PL" | "CZ" | "HU" | "DK" | "SE" | "NO" | "FI" | "TR" | "GR" | "UA" | "RO" => 0,
        "US" | "CA" | "MX" | "BR" | "AR" => 1,
        _ => 2,
    };
    let branch = teller.shop.branches.get(near)?;
    let department = if chance(600, rng) { any(&branch.departments, rng).copied() } else { None };
    Some((branch.id, department))
}

fn last_login(teller: &Teller, subject: &Subject, source: &str, rng: &mut ChaCha8Rng) -> i64 {
    let last = subject.last_order_at().max(subject.registered_at);
    // Those whom staff or an import brought in often never log in.
    if matches!(source, "staff" | "import") && chance(500, rng) {
        return 0;
    }
    let later = if chance(300, rng) { between(0, teller.now.0 - last.0, rng) } else { 0 };
    last.plus(later).min(teller.now).0
}

/// Adds memberships; yields the pricing group.
fn tell_groups(teller: &Teller, subject: &Subject, out: &mut Batch, rng: &mut ChaCha8Rng) -> i64 {
    let shop = &teller.shop;
    let by_hand = subject.spent_minor > VIP_BY_HAND_MINOR && chance(250, rng);
    let (pricing, pinned) = if subject.wholesale {
        (shop.wholesale, false)
    } else if subject.spent_minor > VIP_OVER_MINOR {
        (shop.vip, false)
    } else if by_hand {
        (shop.vip, true)
    } else {
        (shop.retail, false)
    };
    let added_at = subject.last_order_at().max(subject.registered_at).0;
    out.push(GroupMemberRow { customer_id: subject.id, group_id: pricing, pinned, added_at });
    if subject.orders.len() > LOYALTY_OVER_ORDERS {
        out.push(GroupMemberRow { customer_id: subject.id, group_id: shop.loyalty, pinned: false, added_at });
    }
    let name = match pricing {
        id if id == shop.wholesale => "Wholesale",
        id if id == shop.vip => "VIP",
        _ => "Retail",
    };
    let ruled = pricing == shop.vip && !pinned;
    tell_membership(teller, subject, out, ("group", pricing, name), ruled, added_at);
    tell_membership(teller, subject, out, ("pricing", pricing, name), ruled, added_at);
    if subject.orders.len() > LOYALTY_OVER_ORDERS {
        tell_membership(teller, subject, out, ("group", shop.loyalty, "Loyalty"), true, added_at);
    }
    pricing
}

/// How a membership came about: by a rule, or by a member of the staff. Left out of the large data sets.
fn tell_membership(
    teller: &Teller,
    subject: &Subject,
    out: &mut Batch,
    (kind, of_id, name): (&'static str, i64, &'static str),
    ruled: bool,
    at: i64,
) {
    if teller.detail.told_orders < 2 {
        return;
    }
    let authors = &teller.shop.authors;
    let author = authors.get(subject.id.unsigned_abs() as usize % authors.len().max(1)).copied();
    let (cause, staff_id) = if ruled { ("rule", None) } else { ("staff", author) };
    out.push(MembershipRow { customer_id: subject.id, kind, of_id, name, entered: true, cause, staff_id, at });
}

fn tell_addresses(subject: &Subject, out: &mut Batch) {
    let persona = &subject.persona;
    let last = persona.homes.len().saturating_sub(1);
    for (at, home) in persona.homes.iter().enumerate() {
        out.push(AddressRow {
            customer_id: subject.id,
            recipient: persona.full_name(),
            company: persona.company,
            street: home.street.clone(),
            postal_code: home.postal_code.clone(),
            city: home.city,
            region: home.region,
            country: home.country,
            phone: persona.phone.clone().unwrap_or_default(),
            is_default_shipping: at == 0,
            is_default_billing: at == last,
            last_used_at: if at == 0 { subject.last_order_at().0 } else { 0 },
            created_at: subject.registered_at.0,
            updated_at: subject.registered_at.0,
        });
    }
}

fn tell_tags(teller: &Teller, subject: &Subject, out: &mut Batch, rng: &mut ChaCha8Rng) {
    let orders = subject.orders.len();
    let tags = [
        ("VIP", subject.spent_minor > VIP_BY_HAND_MINOR && chance(900, rng)),
        ("Employee", chance(1, rng)),
        ("Partner", !subject.persona.company.is_empty() && chance(150, rng)),
        ("gift", chance(60, rng)),
        ("newsletter", subject.marketing_email && chance(200, rng)),
        ("press", chance(2, rng)),
        ("collector", orders > 5 && chance(350, rng)),
        ("pre-orders", orders > 1 && chance(50, rng)),
        ("label evening", chance(12, rng)),
        ("library", !subject.persona.company.is_empty() && chance(60, rng)),
        ("vinyl too", chance(45, rng)),
        ("slow payer", subject.wholesale && chance(70, rng)),
        ("birthday club", subject.persona.date_of_birth.is_some() && chance(50, rng)),
        ("collectors", orders > 5 && subject.id % 97 == 0),
    ];
    for (name, has) in tags {
        if let (true, Some(tag_id)) = (has, teller.shop.tag(name)) {
            let added_at = subject.registered_at.plus(Timestamp::HOUR).0;
            out.push(TagRow { customer_id: subject.id, tag_id, added_at });
            tell_membership(teller, subject, out, ("tag", tag_id, name), false, added_at);
        }
    }
}

/// Every consent with its history: what was granted last is what the record says.
fn tell_consents(teller: &Teller, subject: &Subject, out: &mut Batch, rng: &mut ChaCha8Rng) {
    let mut push = |purpose, granted, source, at: Timestamp| {
        out.push(ConsentRow { customer_id: subject.id, purpose, granted, source, wording_version: WORDING, at: at.0 });
    };
    let start = subject.registered_at;
    push("data_processing", true, "registration", start);
    for (purpose, granted) in [("marketing_email", subject.marketing_email), ("marketing_sms", subject.marketing_sms)] {
        let later = Timestamp(between(start.0, teller.now.0, rng));
        match (granted, between(0, 9, rng)) {
            (true, 0) => push(purpose, true, "portal", later),
            (true, _) => push(purpose, true, "registration", start),
            // Some agreed at first and took it back.
            (false, 0) if purpose == "marketing_email" => {
                push(purpose, true, "registration", start);
                push(purpose, false, "unsubscribe_link", later);
            }
            (false, _) => {}
        }
    }
}

fn tell_stats(subject: &Subject, out: &mut Batch) {
    let orders = &subject.orders;
    let orders_count = i64::try_from(orders.len()).unwrap_or(i64::MAX);
    out.push(StatsRow {
        customer_id: subject.id,
        orders_count,
        spent_minor: subject.spent_minor,
        aov_minor: average_minor(subject.spent_minor, orders_count),
        units: orders.iter().map(|o| o.discs).sum(),
        first_order_at: orders.first().map_or(0, |o| o.at.0),
        first_order_day: orders.first().map_or(0, |o| i64::from(o.day.0)),
        last_order_at: orders.last().map_or(0, |o| o.at.0),
        last_order_day: orders.last().map_or(0, |o| i64::from(o.day.0)),
        visits_count: subject.visits,
        credit_minor: subject.credit_minor,
        points: subject.points,
    });
}
