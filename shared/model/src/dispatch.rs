//! What the gateway sends of its own accord or in answer to a session: payloads that nobody
//! publishes. They borrow what the gateway's cores have, are serialised there, and are read by
//! clients alone.

mod answers;
mod guild_create;
mod member_list;
mod presence;
mod ready;
mod sessions;
mod supplemental;

pub use answers::*;
pub use guild_create::*;
pub use member_list::*;
pub use presence::*;
pub use ready::*;
pub use sessions::*;
pub use supplemental::*;
