//! A forum loses tags.

use model::Channel;
use model::event::ThreadUpdate;
use runtime::prelude::*;
use serde_json::Value;
use store::threads;

use crate::channel_state;
use crate::threads::{as_told, emit};

/// Takes the tags that a forum had `before`, and has no more, from its posts. Those who see active
/// posts are told.
///
/// # Errors
/// The store's own.
pub async fn follow(cx: &Cx, batch: &mut Batch, before: &Channel, after: &Channel) -> Result<()> {
    let kept = tags(after);
    let mut gone = tags(before);
    gone.retain(|tag| !kept.contains(tag));
    let Some(guild) = after.guild_id().filter(|_| !gone.is_empty()) else {
        return Ok(());
    };
    batch.push(threads::remove_tags(after.id, &gone));
    let mut posts = cx.read(threads::active(guild)).await?;
    posts.retain(|post| post.parent_id() == Some(after.id));
    posts.retain_mut(|post| untag(post, &gone));
    channel_state::fill(cx, &mut posts).await?;
    for post in &posts {
        emit(batch, post, &ThreadUpdate::new(&as_told(post)));
    }
    Ok(())
}

/// The ids of a forum's tags.
fn tags(forum: &Channel) -> Vec<String> {
    let settings = forum.guild.as_ref().map(|guild| &guild.settings);
    let tags = settings.and_then(|settings| settings.get("available_tags")?.as_array());
    let ids = tags
        .into_iter()
        .flatten()
        .filter_map(|tag| tag["id"].as_str());
    ids.map(str::to_owned).collect()
}

/// Takes tags from a post; `false` when it had none of them.
fn untag(post: &mut Channel, gone: &[String]) -> bool {
    let settings = post.guild.as_mut().map(|guild| &mut guild.settings);
    let applied = settings.and_then(|settings| settings.get_mut("applied_tags")?.as_array_mut());
    let Some(applied) = applied else { return false };
    let had = applied.len();
    let is_gone = |tag: &Value| gone.iter().any(|gone| tag.as_str() == Some(gone));
    applied.retain(|tag| !is_gone(tag));
    applied.len() < had
}
