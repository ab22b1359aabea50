//! Parts of a page that come when they are first wanted, and their code with them (`#[wasm_split(piece)]`): what most
//! visits do without should not be downloaded before the page comes alive.

use leptos::children::ViewFn;
use leptos::prelude::*;
use std::pin::Pin;
use std::sync::Arc;

type Part = Pin<Box<dyn Future<Output = AnyView> + Send>>;

/// Nothing until `wanted`, then what `part` makes, as soon as its code has come. What `part` reads before its first `await` has it made
/// anew when it changes.
///
/// A part is disposed of with what stands around it, and its effects may run once more after that: where they follow what takes
/// the part away, they use nothing but plain values and signals that outlive it.
pub fn later<P>(wanted: impl Fn() -> bool + Send + Sync + 'static, part: impl Fn() -> P + Send + Sync + 'static) -> AnyView
where
    P: Future<Output = AnyView> + Send + 'static,
{
    later_or(ViewFn::default(), wanted, part)
}

/// As [`later`]; `fallback` while the code is on its way.
pub fn later_or<P>(
    fallback: ViewFn,
    wanted: impl Fn() -> bool + Send + Sync + 'static,
    part: impl Fn() -> P + Send + Sync + 'static,
) -> AnyView
where
    P: Future<Output = AnyView> + Send + 'static,
{
    shown(fallback, Arc::new(wanted), Arc::new(move || Box::pin(part())))
}

fn shown(fallback: ViewFn, wanted: Arc<dyn Fn() -> bool + Send + Sync>, part: Arc<dyn Fn() -> Part + Send + Sync>) -> AnyView {
    // Wanted once more, it is not made anew.
    let wanted = Memo::new(move |_| wanted());
    let part = move || wanted.get().then(|| Suspend::new(part()));
    view! { <Transition fallback=move || fallback.run()>{part}</Transition> }.into_any()
}

/// A page whose code comes with its piece of the program. Pages of a wing share one: what is split finer comes in a hundred crumbs,
/// since whatever two pieces share is a piece of its own.
macro_rules! lazy_page {
    ($(#[$doc:meta])* $route:ident, $piece:ident, $view:path) => {
        $(#[$doc])*
        pub struct $route;

        const _: () = {
            #[::wasm_split_helpers::wasm_split($piece, preload(preload_page))]
            fn split_page() -> ::leptos::prelude::AnyView {
                $view()
            }

            impl ::leptos_router::LazyRoute for $route {
                fn data() -> Self {
                    Self
                }

                async fn view(_: Self) -> ::leptos::prelude::AnyView {
                    // The document names the piece, so that it is on its way before the program asks.
                    #[cfg(feature = "ssr")]
                    ::leptos::prefetch_lazy_fn_on_server(stringify!($piece));
                    split_page().await
                }

                async fn preload() {
                    preload_page().await;
                }
            }
        };
    };
}
pub(crate) use lazy_page;
