//! Games that clients look for on people's machines, at the path that newer clients ask.
//!
//! See [Userdoccers/List Detectable Games](https://docs.discord.food/resources/game#list-detectable-games).

use crate::detectable::list_detectable_applications;
use runtime::prelude::*;

function! {
    "/games/detectable"
    GET list_detectable_games
}

/// The same as `list_detectable_applications`.
///
/// See [Userdoccers/List Detectable Games](https://docs.discord.food/resources/game#list-detectable-games).
async fn list_detectable_games(cx: &Cx, caller: Anyone) -> Result<Json<[(); 0]>> {
    list_detectable_applications(cx, caller).await
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;
    use crate::detectable;

    #[test]
    fn both_paths_have_the_same_games() {
        let app = App::new();
        let answer = app.nobody().get(&FUNCTION, "/games/detectable");
        let old = app
            .nobody()
            .get(&detectable::FUNCTION, "/applications/detectable");
        assert_eq!(answer.ok(), old.ok());
    }
}
