//! The order that a page shows, for the dialogs in which something is done with it. The page reads it anew afterwards; a dialog
//! that is open stays as it is, so that nothing typed is lost where somebody else was faster.

use super::api::get_order;
use super::{OrderAction, OrderDetail, OrderStates};
use crate::base::i18n::use_lang;
use crate::base::{AppError, OrderId};
use crate::ui::{Dialog, DialogHandle, FormAlert, FormError};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The order of this page.
#[derive(Clone, Copy, Debug)]
pub struct OrderContext {
    pub id: OrderId,
    pub detail: RwSignal<OrderDetail>,
}

impl OrderContext {
    #[must_use]
    pub fn new(detail: OrderDetail) -> Self {
        Self { id: detail.order.id, detail: RwSignal::new(detail) }
    }

    /// Reads the order again. A failure leaves what is shown.
    pub fn refresh(self) {
        let (id, detail) = (self.id, self.detail);
        spawn_local(async move {
            if let Ok(fresh) = get_order(id).await {
                let _ = detail.try_set(fresh);
            }
        });
    }

    /// The state that is shown: what a change says it was looking at.
    #[must_use]
    pub fn version(self) -> i64 {
        self.detail.with_untracked(|detail| detail.version)
    }

    /// Whether something may be done with the order as it is shown.
    #[must_use]
    pub fn may(self, action: OrderAction) -> bool {
        self.detail.with(|detail| OrderStates::of(&detail.order).may(action).is_ok())
    }
}

/// The order around this view.
#[must_use]
pub fn use_order() -> OrderContext {
    expect_context::<OrderContext>()
}

/// Something that a dialog does: what went wrong with it, and whether it is being done.
#[derive(Clone, Copy, Debug)]
pub struct Doing {
    pub dialog: DialogHandle,
    pub error: FormError,
    /// How often it was opened: what the fields begin with is set anew each time.
    pub opened: RwSignal<u32>,
    busy: RwSignal<bool>,
    order: OrderContext,
}

impl Doing {
    #[must_use]
    pub fn new(order: OrderContext) -> Self {
        let (error, opened, busy) = (FormError::new(None), RwSignal::new(0), RwSignal::new(false));
        Self { dialog: DialogHandle::new(), error, opened, busy, order }
    }

    /// Opens the dialog, without what went wrong last time.
    pub fn open(self) {
        self.error.set(None);
        self.opened.update(|times| *times += 1);
        self.dialog.open();
    }

    /// Sets the dialog's fields each time it is opened.
    pub fn on_open(self, set: impl Fn(&OrderDetail) + 'static) {
        Effect::new(move |_| {
            if self.opened.get() > 0 {
                self.order.detail.with_untracked(|detail| set(detail));
            }
        });
    }

    /// Does it. Once it is done, the dialog closes and the page is read anew; otherwise the dialog says why not.
    pub fn run<T: 'static>(self, call: impl Future<Output = Result<T, AppError>> + 'static, done: impl FnOnce(T) + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.error.set(None);
        spawn_local(async move {
            let answer = call.await;
            let _ = self.busy.try_set(false);
            match answer {
                Ok(value) => {
                    self.dialog.close();
                    self.order.refresh();
                    done(value);
                }
                Err(failure) => {
                    // Somebody was faster, or the state was another: the page shows it, and what was typed stays.
                    if matches!(failure, AppError::Conflict { .. }) {
                        self.order.refresh();
                    }
                    let _ = self.error.try_set(Some(failure));
                }
            }
        });
    }
}

/// Something that is done with one part of the order: a payment, a parcel, a return.
#[derive(Debug)]
pub struct Target<T: 'static> {
    pub doing: Doing,
    pub about: RwSignal<Option<T>>,
}

impl<T> Clone for Target<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Target<T> {}

impl<T: Send + Sync + 'static> Target<T> {
    #[must_use]
    pub fn new(order: OrderContext) -> Self {
        Self { doing: Doing::new(order), about: RwSignal::new(None) }
    }

    /// Opens the dialog for this part.
    pub fn open(self, about: Option<T>) {
        self.about.set(about);
        self.doing.open();
    }
}

/// A dialog with a form that does something with the order.
#[component]
pub fn ActionDialog(
    doing: Doing,
    /// Unique in the page.
    id: &'static str,
    #[prop(into)] title: Signal<String>,
    /// What the button that does it says.
    #[prop(into)]
    action: Signal<String>,
    /// Not easily taken back: the button warns.
    #[prop(optional)]
    danger: bool,
    on_submit: Callback<()>,
    children: Children,
) -> impl IntoView {
    let l = use_lang();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        on_submit.run(());
    };
    let class = if danger { "btn btn-danger" } else { "btn btn-primary" };
    let error = doing.error;
    view! {
        <Dialog handle=doing.dialog id title>
            <form method="post" novalidate on:submit=submit>
                <div class="dialog-body">
                    <FormAlert error/>
                    {children()}
                </div>
                <footer class="dialog-foot">
                    <button class="btn" type="button" on:click=move |_| doing.dialog.close()>{l.t("ui.cancel")}</button>
                    <button class=class type="submit" aria-busy=move || doing.busy.get().then_some("true")>
                        <span>{move || action.get()}</span>
                    </button>
                </footer>
            </form>
        </Dialog>
    }
}
