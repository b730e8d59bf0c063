//! Applications that anyone may look at, by their ids.
//!
//! See [Userdoccers/List Partial Applications](https://docs.discord.food/resources/application#list-partial-applications).

use runtime::prelude::*;
use store::applications;

use crate::view::{self, PublicApplication};

function! {
    "/applications/public"
    GET list_public_applications
}

/// Applications that one request may name.
const IDS_MAX: usize = 100;

struct ListPublicApplicationsQuery {
    ids: Vec<Id<marker::Application>>,
}

impl Form for ListPublicApplicationsQuery {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            ids: fields.list("application_ids", IDS_MAX).unwrap_or_default(),
        }
    }
}

/// Those of the applications that exist.
async fn list_public_applications(
    cx: &Cx,
    _: Caller,
    Query(asked): Query<ListPublicApplicationsQuery>,
) -> Result<Json<Vec<PublicApplication>>> {
    let found = match asked.ids.is_empty() {
        true => Vec::new(),
        false => cx.read(applications::by_ids(&asked.ids)).await?,
    };
    let views = found.iter().map(|found| view::public(found, None));
    Ok(Json(views.collect()))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;
    use serde_json::json;

    use super::*;
    use crate::testing::application;

    #[test]
    fn those_that_exist_are_shown_without_what_is_their_owners() {
        let app = App::new();
        let (alice, bob) = (app.register("alice"), app.register("bob"));
        let (id, _) = application(&alice);
        let path = format!("/applications/public?application_ids={id}&application_ids=7");
        let list = bob.get(&FUNCTION, &path).ok();
        assert_eq!(list.as_array().map(Vec::len), Some(1));
        assert_eq!(list[0]["id"], id.to_string());
        assert!(list[0].get("redirect_uris").is_none());
        assert_eq!(bob.get(&FUNCTION, "/applications/public").ok(), json!([]));
    }
}
