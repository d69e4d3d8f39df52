//! Nodes of ours in plans, which the engine has none of: each gives the rows of its input, and says or checks something on
//! their way.

pub(super) mod cooperation;
pub(super) mod current;
pub(super) mod damage;
pub(super) mod separable;
pub(super) mod slices;
pub(super) mod through;
pub(super) mod turns;
