#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "app/service_directory.h"

namespace pm {

/// Entries of a list that are kept; those after them are not looked at.
inline constexpr std::size_t service_list_limit = 10'000;

/// The services in the Hub's list: JSON, an array of services, or an object with the member
/// "services", which is such an array or an object of services by their id.
///
/// A service is an object. Its id is its member "service_id", else "id", else "name", the first of
/// them that is a text, else its name in the object of services; one whose id is none
/// (check_service_id) is left out, as is all else that is not a service, and an id that was there
/// before. "service_name", else "name" is its name; a host or a port that cannot be one counts as
/// not given, and "health_endpoint" as /health.
///
/// `invalid_json` and `invalid_shape` when it is no such list. A pure function.
Expected<std::vector<ListedService>> read_service_list(std::string_view text);

}  // namespace pm
