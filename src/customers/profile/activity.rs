//! The Activity tab (P15): who of the staff changed what, before and after.

use super::api::list_customer_activity;
use crate::base::i18n::{Lang, use_lang};
use crate::base::{AppError, CustomerId, resource};
use crate::office::audit::{ChangeList, LogEntry, LogPage};
use crate::ui::{EmptyState, Loaded};
use leptos::prelude::*;

#[component]
pub fn ActivityTab(id: CustomerId) -> impl IntoView {
    let first = resource(|| (), move |()| list_customer_activity(id, None));
    view! { <Loaded resource=first view=move |page: LogPage| view! { <Log id page/> }.into_any()/> }
}

/// The entries, with older ones on demand.
#[component]
fn Log(id: CustomerId, page: LogPage) -> impl IntoView {
    let l = use_lang();
    if page.entries.is_empty() {
        let (title, text) = (l.t("activity.empty_title"), l.t("activity.empty"));
        return view! { <section class="card"><EmptyState icon="history" title text/></section> }.into_any();
    }
    let entries = RwSignal::new(page.entries);
    let more = RwSignal::new(page.more);
    let failed = RwSignal::new(None::<AppError>);
    let older = Action::new(move |(): &()| async move {
        let before = entries.with_untracked(|entries| entries.last().map(|entry| entry.id));
        match list_customer_activity(id, before).await {
            Ok(page) => {
                failed.set(None);
                entries.update(|entries| entries.extend(page.entries));
                more.set(page.more);
            }
            Err(error) => failed.set(Some(error)),
        }
    });
    let foot = move || {
        more.get().then(|| {
            view! {
                <footer class="card-foot">
                    <button
                        class="btn"
                        type="button"
                        aria-busy=move || older.pending().get().then_some("true")
                        on:click=move |_| { older.dispatch(()); }
                    >
                        <span>{l.t("ui.show_older")}</span>
                    </button>
                    {move || failed.get().map(|error| view! { <span class="error" role="alert">{l.error(&error)}</span> })}
                </footer>
            }
        })
    };
    view! {
        <section class="card">
            <header class="card-head"><h2 class="card-title">{l.t("activity.title")}</h2></header>
            <div class="card-flush">
                <div class="table-scroll">
                    <table class="table table-wrap table-top table-cards">
                        <thead>
                            <tr>
                                <th scope="col" class="c-m">{l.t("activity.when")}</th>
                                <th scope="col" class="c-l">{l.t("activity.who")}</th>
                                <th scope="col" class="c-l">{l.t("activity.what")}</th>
                                <th scope="col">{l.t("activity.before_after")}</th>
                            </tr>
                        </thead>
                        <tbody>
                            <For each=move || entries.get() key=|entry| entry.id let:entry>{row(entry, l)}</For>
                        </tbody>
                    </table>
                </div>
            </div>
            {foot}
        </section>
    }
    .into_any()
}

fn row(entry: LogEntry, l: Lang) -> impl IntoView {
    let by = entry.by.unwrap_or_else(|| l.t("activity.system").to_owned());
    let action = l.dynamic(&format!("audit.{}", entry.action));
    view! {
        <tr>
            <td class="tnum" data-slot="meta">{l.moment(entry.at)}</td>
            <th scope="row" data-slot="title" dir="auto">{by}</th>
            <td data-slot="sub">{action}</td>
            <td data-slot="tags"><ChangeList changes=entry.changes/></td>
        </tr>
    }
}
