//! The stores that plans may name: the operator's roots and nothing else. There is no `file://` here.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::common::{Result, exec_err};
use datafusion::execution::object_store::ObjectStoreRegistry;
use datafusion::object_store::ObjectStore;
use url::Url;

use super::Root;

/// A fixed set of stores, one a root. Nothing can be registered from SQL.
#[derive(Debug)]
pub struct Registry {
    stores: HashMap<String, Arc<dyn ObjectStore>>,
}

impl Registry {
    /// The registry of these roots.
    pub fn new(roots: &[Root]) -> Self {
        let stores = roots
            .iter()
            .map(|root| (root.url().to_string(), root.store()))
            .collect();
        Self { stores }
    }
}

impl ObjectStoreRegistry for Registry {
    fn register_store(&self, _url: &Url, _store: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        None
    }

    fn get_store(&self, url: &Url) -> Result<Arc<dyn ObjectStore>> {
        let key = format!("{}://{}/", url.scheme(), url.host_str().unwrap_or_default());
        match self.stores.get(&key) {
            Some(store) => Ok(Arc::clone(store)),
            None => exec_err!("nothing is served from '{}://'", url.scheme()),
        }
    }
}
