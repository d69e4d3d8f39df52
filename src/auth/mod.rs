//! Who is asking. Every request carries [`Credentials`], an [`Authenticator`] turns them into an [`Identity`], and what
//! happens afterwards happens as that identity.

mod credentials;

use async_trait::async_trait;

pub use credentials::Credentials;

use crate::error::Result;

/// Who a request comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The name that logs show.
    pub name: String,
}

/// Decides whether a request may enter, and as whom.
#[async_trait]
pub trait Authenticator: std::fmt::Debug + Send + Sync {
    /// The identity that these credentials prove.
    ///
    /// # Errors
    /// `Unauthenticated` when they prove none.
    async fn authenticate(&self, credentials: &Credentials) -> Result<Identity>;

    /// A bearer token that stands for `credentials` in later requests: the answer to a handshake.
    ///
    /// # Errors
    /// As [`Self::authenticate`].
    async fn grant(&self, credentials: &Credentials) -> Result<String>;
}

/// Lets everyone in: a server without users. Credentials that a driver sends all the same are accepted.
#[derive(Debug, Default)]
pub struct Open;

#[async_trait]
impl Authenticator for Open {
    async fn authenticate(&self, credentials: &Credentials) -> Result<Identity> {
        let name = match credentials {
            Credentials::Basic { user, .. } if !user.is_empty() => user.as_str(),
            Credentials::Basic { .. } | Credentials::Bearer(_) | Credentials::None => "anonymous",
        };
        Ok(Identity { name: name.to_owned() })
    }

    /// The token that was sent, or a new one: it proves nothing, and tells connections apart.
    async fn grant(&self, credentials: &Credentials) -> Result<String> {
        Ok(match credentials {
            Credentials::Bearer(token) => token.clone(),
            Credentials::Basic { .. } | Credentials::None => uuid::Uuid::new_v4().simple().to_string(),
        })
    }
}
