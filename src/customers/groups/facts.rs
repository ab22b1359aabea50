//! What a group means, in words.

use super::{Benefits, GroupView, Shipping};
use crate::base::i18n::Lang;
use crate::ui::Icon;
use leptos::prelude::*;

/// `12.5 %`.
pub(super) fn discount(l: Lang, benefits: &Benefits) -> String {
    let bp = benefits.discount_bp;
    if bp % 10 == 0 { l.percent(bp / 10) } else { l.with("format.percent", &[("number", &l.hundredths(bp))]) }
}

pub(super) fn shipping(l: Lang, benefits: &Benefits) -> String {
    match benefits.shipping {
        Shipping::FreeOver => l.with("groups.free_over", &[("amount", &l.money(benefits.free_over))]),
        other => l.t(other.label_key()).to_owned(),
    }
}

fn nil() -> AnyView {
    view! { <span class="nil">"—"</span> }.into_any()
}

pub(super) fn minimum(l: Lang, benefits: &Benefits) -> AnyView {
    if benefits.minimum.minor == 0 { nil() } else { l.money(benefits.minimum).into_any() }
}

/// `Net 30`.
pub(super) fn terms(l: Lang, benefits: &Benefits) -> AnyView {
    match benefits.terms_days {
        0 => nil(),
        days => l.with("groups.net", &[("days", &days)]).into_any(),
    }
}

/// What else there is; `list` is the name of the price list.
pub(super) fn badges(l: Lang, benefits: &Benefits, list: Option<String>) -> impl IntoView + use<> {
    let badge = |on: bool, icon: &'static str, text: &'static str| {
        on.then(|| view! { <span class="badge"><Icon name=icon/>{text}</span> })
    };
    view! {
        {list.map(|name| view! { <span class="badge" dir="auto"><Icon name="layers"/>{name}</span> })}
        {badge(benefits.priority_support, "star", l.t("field.priority_support"))}
        {badge(benefits.early_access, "clock", l.t("field.early_access"))}
        {badge(benefits.locks_address, "lock", l.t("groups.locked_address"))}
    }
}

/// A group as those see it who may not change it.
pub(super) fn facts(l: Lang, view: &GroupView) -> impl IntoView + use<> {
    let benefits = &view.group.benefits;
    let list = view.price_lists.iter().find(|(id, _)| Some(*id) == benefits.price_list).map(|(_, name)| name.clone());
    let further = badges(l, benefits, None);
    view! {
        <dl class="facts">
            <dt>{l.t("field.description")}</dt>
            <dd dir="auto">{if view.group.description.is_empty() { nil() } else { view.group.description.clone().into_any() }}</dd>
            <dt>{l.t("field.discount")}</dt>
            <dd>{if benefits.discount_bp == 0 { nil() } else { discount(l, benefits).into_any() }}</dd>
            <dt>{l.t("field.price_list")}</dt>
            <dd dir="auto">{list.map_or_else(nil, IntoAny::into_any)}</dd>
            <dt>{l.t("field.shipping")}</dt>
            <dd>{shipping(l, benefits)}</dd>
            <dt>{l.t("groups.minimum")}</dt>
            <dd>{minimum(l, benefits)}</dd>
            <dt>{l.t("field.terms")}</dt>
            <dd>{terms(l, benefits)}</dd>
            <dt>{l.t("groups.further")}</dt>
            <dd><span class="badges">{further}</span></dd>
        </dl>
    }
}
