//! Functions that decide about a channel.

use std::{fmt::Display, str::FromStr};

use axum::BoxError;
use futures_util::future::BoxFuture;

use super::{Access, IntoAccess, Join};

/// A handler with the parameters of one channel, waiting for the user.
pub type BoundHandler<U, S> =
    Box<dyn FnOnce(Join<U, S>) -> BoxFuture<'static, Result<Access, BoxError>> + Send>;

/// An async function or closure that decides whether a user may subscribe to a channel.
///
/// It takes a [`Join`] and as many parameters as the pattern has, in their order, up to four; it returns what
/// [`IntoAccess`] permits. Parameters are of any type that can be parsed and written again.
///
/// A parameter has to be written as its type writes it: `01`, `+1` and ` 1` are no `u64`, since 1 is written `1`.
/// A rule whose parameters are not like that does not match. So each channel has one name, and no second one under
/// which a handler would take it for the first.
///
/// The types of a closure's arguments have to be written down. An `async |..|` closure cannot lend what it has
/// captured to its future: what a handler needs is in the state, or is cloned for each call as in `move |join:
/// Join<_, _>| { let pool = pool.clone(); async move { .. } }`.
///
/// ```
/// use gema_broadcast::Join;
/// # struct User { id: u64 }
/// # struct App;
/// async fn may_see_order(join: Join<User, App>, order: u64) -> Result<bool, std::io::Error> {
///     # let owner_of = async |_: &App, order: u64| Ok::<u64, std::io::Error>(order);
///     Ok(owner_of(&join.state, order).await? == join.user.id)
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot decide about a channel",
    note = "write an async function or closure `(Join<U, S>, P1, .., P4) -> impl IntoAccess` with the types of its \
            arguments; parameters are `FromStr + Display + Send`, the future is `Send`"
)]
pub trait Handler<U, S, T>: Send + Sync + 'static {
    /// How many parameters it takes.
    const PARAMETERS: usize;

    /// Parses the parameters of a channel, of which there are [`PARAMETERS`](Self::PARAMETERS); nothing if one of
    /// them is not written as its type writes it.
    fn bind(&self, parameters: &[&str]) -> Option<BoundHandler<U, S>>;
}

/// A value that is written in this way and in no other.
fn canonical<P: FromStr + Display>(text: &str) -> Option<P> {
    let value: P = text.parse().ok()?;
    (value.to_string() == text).then_some(value)
}

macro_rules! handler {
    ($count:literal $(, $Type:ident $value:ident)*) => {
        impl<F, Fut, U, S, $($Type,)*> Handler<U, S, ($($Type,)*)> for F
        where
            F: Fn(Join<U, S>, $($Type,)*) -> Fut + Clone + Send + Sync + 'static,
            Fut: Future<Output: IntoAccess> + Send + 'static,
            U: Send + 'static,
            S: Send + 'static,
            $($Type: FromStr + Display + Send + 'static,)*
        {
            const PARAMETERS: usize = $count;

            fn bind(&self, parameters: &[&str]) -> Option<BoundHandler<U, S>> {
                let [$($value),*] = parameters else { return None };
                $(let $value: $Type = canonical($value)?;)*
                let decide = self.clone();
                Some(Box::new(move |join| {
                    let deciding = decide(join, $($value,)*);
                    Box::pin(async move { deciding.await.into_access() })
                }))
            }
        }
    };
}

handler!(0);
handler!(1, P1 first);
handler!(2, P1 first, P2 second);
handler!(3, P1 first, P2 second, P3 third);
handler!(4, P1 first, P2 second, P3 third, P4 fourth);

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::*;

    #[test]
    fn a_parameter_is_written_as_its_type_writes_it() {
        fn check<P: FromStr + Display + PartialEq + Debug>(text: &str, value: &P) {
            assert_eq!(canonical::<P>(text).as_ref(), Some(value), "{text:?}");
        }
        fn refuse<P: FromStr + Display + Debug>(text: &str) {
            assert!(canonical::<P>(text).is_none(), "{text:?}");
        }
        check("1", &1_u64);
        check("18446744073709551615", &u64::MAX);
        check("-1", &-1_i64);
        check("true", &true);
        check("01", &"01".to_owned());
        for text in
            ["01", "+1", "-0", " 1", "1 ", "1_0", "1e0", "1.0", "0x1", "", "１", "18446744073709551616"]
        {
            refuse::<u64>(text);
        }
        refuse::<i64>("-0");
        refuse::<bool>("True");
        check("f47ac10b-58cc-4372-a567-0e02b2c3d479", &uuid::uuid!("f47ac10b-58cc-4372-a567-0e02b2c3d479"));
        refuse::<uuid::Uuid>("F47AC10B-58CC-4372-A567-0E02B2C3D479");
    }
}
