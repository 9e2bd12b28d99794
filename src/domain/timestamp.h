#pragma once

#include <chrono>

namespace pm {

/// A point in time, UTC, to the millisecond. The domain never asks for the time: it is given it.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

}  // namespace pm
