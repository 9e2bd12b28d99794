#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace pm {

/// A name for each id, made of the id by `plain`, such that no two are equal, also to a reader who
/// does not tell upper from lower case. Ids whose plain names are equal all get a suffix,
/// `separator` and the first digits of the id's SHA-256: nobody keeps the plain name, so it never
/// comes to mean another service. Which name an id gets depends on the set of ids, not their order.
/// `plain` keeps only what separator and digits may be put behind. `ids` has no id twice.
std::map<std::string, std::string> unique_names(
    const std::vector<std::string>& ids,
    const std::function<std::string(const std::string&)>& plain, char separator);

/// unique_names() for environment variables: "legalai-pro" becomes LEGALAI_PRO, "3d.view" _3D_VIEW.
std::map<std::string, std::string> environment_names(const std::vector<std::string>& ids);

}  // namespace pm
