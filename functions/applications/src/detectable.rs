//! Games that clients look for on people's machines.
//!
//! See [Userdoccers/List Detectable Games](https://docs.discord.food/resources/game#list-detectable-games).

use runtime::prelude::*;

function! {
    "/applications/detectable"
    GET list_detectable_applications
}

/// None: the instance keeps no catalogue of games.
pub(crate) async fn list_detectable_applications(_: &Cx, _: Anyone) -> Result<Json<[(); 0]>> {
    Ok(Json([]))
}

#[cfg(test)]
mod tests {
    use runtime::testing::App;

    use super::*;

    #[test]
    fn the_list_is_public() {
        let app = App::new();
        for caller in [app.nobody(), app.register("alice")] {
            let answer = caller.get(&FUNCTION, "/applications/detectable").ok();
            assert!(answer.is_array(), "{answer}");
        }
    }
}
