#pragma once

#include <string>

namespace pm {

/// The variable that `portmanager run` tells a service's port in: "itechsmart-ninja" is
/// ITECHSMART_NINJA_PORT. Letters in capitals, what is neither letter nor digit an underscore; an
/// underscore before a digit at the beginning, which no variable may begin with.
std::string port_variable(const std::string& service_id);

}  // namespace pm
