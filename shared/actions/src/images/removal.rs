//! Images that nothing names any more, and their removal.
//!
//! Clients may still show an image that was replaced a moment ago, so it stays for an hour.

use model::Id;
use model::id::marker;
use runtime::{Cx, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Batch, images, jobs};

use super::{Owner, variants_of};

/// Milliseconds for which an image stays that was replaced.
const STAY_MS: i64 = 60 * 60 * 1000;
/// Images of one job: as many as are removed with all their variants in one call.
const IMAGES_PER_JOB: usize = 8;

/// An image that is to be removed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Unnamed {
    owner: Id<marker::Generic>,
    /// The member, of an image in a guild.
    user: Option<Id<marker::User>>,
    hash: String,
    key: String,
}

impl Unnamed {
    /// The owner's image with this hash.
    pub fn new(owner: Owner, hash: &str) -> Self {
        let (id, user) = match owner {
            Owner::Avatar(id) | Owner::UserBanner(id) => (id.cast(), None),
            Owner::MemberAvatar(id, user) | Owner::MemberBanner(id, user) => {
                (id.cast(), Some(user))
            }
            Owner::GuildIcon(id)
            | Owner::GuildBanner(id)
            | Owner::GuildSplash(id)
            | Owner::DiscoverySplash(id) => (id.cast(), None),
            Owner::RoleIcon(id) => (id.cast(), None),
            Owner::ChannelIcon(id) => (id.cast(), None),
            Owner::AppIcon(id) => (id.cast(), None),
            Owner::Emoji(id) => (id.cast(), None),
        };
        Self {
            owner: id,
            user,
            hash: hash.to_owned(),
            key: owner.key(hash),
        }
    }
}

/// Has the owner's old image removed, unless the new one is the same or there was none.
pub fn replaced(cx: &Cx, batch: &mut Batch, owner: Owner, old: Option<&str>, new: Option<&str>) {
    if let Some(old) = old.filter(|old| Some(*old) != new) {
        remove(cx, batch, &[Unnamed::new(owner, old)]);
    }
}

/// Has images removed that `batch` takes the names of away.
pub fn remove(cx: &Cx, batch: &mut Batch, images: &[Unnamed]) {
    let run_at = cx.now().plus_millis(STAY_MS);
    for images in images.chunks(IMAGES_PER_JOB) {
        let payload = json!({ "images": images });
        let job = jobs::insert(&cx.ulid(), jobs::DELETE_IMAGES, &payload, run_at);
        batch.push(job);
    }
}

/// Removes the image with everything that was made of it, unless a row names it again.
///
/// # Errors
/// The store's and the blob storage's own.
pub async fn finish(cx: &Cx, image: &Unnamed) -> Result<()> {
    let named = images::is_named(image.owner, image.user, &image.hash);
    if cx.read(named.optional()).await? == Some(true) {
        return Ok(());
    }
    cx.blobs().delete_below(&variants_of(&image.key)).await?;
    cx.blobs().delete(&image.key).await
}
