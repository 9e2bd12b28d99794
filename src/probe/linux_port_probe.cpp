#include "probe/linux_port_probe.h"

#include <netinet/tcp.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "probe/bind_check.h"
#include "probe/errno_text.h"
#include "probe/port_connections.h"
#include "probe/probe_advice.h"
#include "probe/small_file.h"

namespace pm {
namespace {

constexpr std::size_t connections_told = 100;

std::string place_of(const PortKey& key) {
  return key.host + ":" + to_string(key.port);
}

std::string refusal(const PortKey& key, int error) {
  if (error == EADDRINUSE) return place_of(key) + " is in use";
  return place_of(key) + " cannot be bound: " + errno_text(error);
}

std::string read_boot_id() {
  std::string id = read_small_file("/proc/sys/kernel/random/boot_id");
  if (id.ends_with('\n')) id.pop_back();
  return id;
}

std::string text_of(const OpenConnection& connection) {
  const std::string owner =
      connection.pid == 0 ? std::string("a process that this user may not see")
                          : connection.process + " (pid " + std::to_string(connection.pid) + ")";
  if (connection.state == "UNCONN") return owner + " has it bound without listening";
  return "a connection of " + owner + " to " + connection.remote + " has it";
}

}  // namespace

LinuxPortProbe::LinuxPortProbe(const Clock& clock)
    : clock_(clock), boot_id_(read_boot_id()), own_(std::make_shared<OwnSockets>()) {}

BindCheck LinuxPortProbe::check(const PortKey& key) {
  if (!is_local(key)) return {Bindable::not_applicable, {}, {}, {}};
  BindAttempt attempt;
  {
    const std::lock_guard lock(own_->mutex);
    if (own_->holds(key)) {
      return {Bindable::no, place_of(key) + " is kept bound by the Port Manager", {}, {}};
    }
    attempt = try_bind(key.protocol, key.port);
  }
  if (attempt.result != Bindable::no) return {attempt.result, {}, {}, {}};
  BindCheck answer{Bindable::no, refusal(key, attempt.error), {}, {}};
  if (attempt.error != EADDRINUSE) return answer;
  answer.listener = first_listener(key);
  if (!answer.listener) {
    auto open = open_connections(connections(key), 1, processes_);
    if (!open.empty()) answer.connection = std::move(open.front());
  }
  return answer;
}

std::optional<Listener> LinuxPortProbe::listener(const PortKey& key) {
  if (!is_local(key)) return std::nullopt;
  return first_listener(key);
}

PortUse LinuxPortProbe::use(const PortKey& key) {
  PortUse use;
  if (!is_local(key)) return use;
  for (const auto& row : listeners(key)) use.listeners.push_back(*row);
  auto open = connections(key);
  use.connection_count = open.size();
  use.connections = open_connections(std::move(open), connections_told, processes_);
  return use;
}

Expected<std::shared_ptr<const ListenerTable>> LinuxPortProbe::scan() {
  const std::lock_guard lock(scan_mutex_);
  next_.clear();
  {
    const std::lock_guard own_lock(own_->mutex);
    if (auto read = tables_.all_listeners(next_); !read) return tl::unexpected(read.error());
    own_->leave_out(next_);
    sock_diag_refusal_ = tables_.refusal();
  }
  const Moment now{clock_.now(), clock_.steady_now()};
  if (table_ && next_ == sockets_) {
    if (owners_.recheck(now)) {
      table_ = std::make_shared<const ListenerTable>(owners_.rows(sockets_));
    }
    return table_;
  }
  sockets_.swap(next_);
  table_ = std::make_shared<const ListenerTable>(owners_.update(sockets_, now));
  return table_;
}

ProbeSight LinuxPortProbe::sight() const {
  const std::lock_guard lock(scan_mutex_);
  Blindness blindness;
  blindness.listeners = table_ ? table_->all().size() : 0;
  blindness.without_owner = owners_.without_owner();
  blindness.may_see_all = may_see_all_users(read_small_file("/proc/self/status"));
  blindness.sock_diag_refusal = sock_diag_refusal_;
  return {.source = sock_diag_refusal_ ? "/proc/net" : "sock_diag",
          .listeners = blindness.listeners,
          .without_owner = blindness.without_owner,
          .advice = advice_on(blindness)};
}

Expected<std::unique_ptr<HeldPort>> LinuxPortProbe::hold(const PortKey& key) {
  if (!is_local(key)) {
    return fail(ErrorCode::not_implemented,
                "Only ports of this machine can be kept bound: " + place_of(key) +
                    " is on another host. Reserve it without hold.",
                "hold");
  }
  BindAttempt attempt;
  {
    const std::lock_guard lock(own_->mutex);
    if (own_->holds(key)) {
      return fail(ErrorCode::port_in_use,
                  "The Port Manager already keeps " + place_of(key) + " bound.", "port");
    }
    auto bound = bind_and_keep(key.protocol, key.port);
    if (bound.attempt.result == Bindable::yes) return hold_bound(own_, key, std::move(bound));
    attempt = bound.attempt;
  }
  return tl::unexpected(hold_refusal(key, attempt.error));
}

Error LinuxPortProbe::hold_refusal(const PortKey& key, int error) {
  const std::string start = place_of(key) + " cannot be kept bound: ";
  if (error != EADDRINUSE) {
    const bool exhausted =
        error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS;
    return {exhausted ? ErrorCode::overloaded : ErrorCode::internal,
            start + errno_text(error) + ".", "hold"};
  }
  Error refused{ErrorCode::port_in_use, start, "port"};
  if (const auto found = first_listener(key)) {
    refused.message += describe(*found) + " has it. Stop it, or reserve the port without hold.";
    return refused;
  }
  auto open = connections(key);
  if (only_time_wait(open)) {
    refused.message += std::to_string(open.size()) +
                       " closed connections linger on it (TIME-WAIT). Try again in 60 seconds.";
    return refused;
  }
  const auto first = open_connections(std::move(open), 1, processes_);
  refused.message +=
      first.empty() ? "a socket that the kernel does not show has it" : text_of(first.front());
  refused.message += ". Try again when it is closed, or reserve the port without hold.";
  return refused;
}

std::vector<OwnerCache::Row> LinuxPortProbe::listeners(const PortKey& key) {
  std::vector<RawSocket> sockets;
  {
    const std::lock_guard lock(own_->mutex);
    if (!tables_.listeners(key.protocol, key.port, sockets)) return {};
    own_->leave_out(sockets);
  }
  if (sockets.empty()) return {};
  const std::lock_guard lock(scan_mutex_);
  return owners_.look(sockets);
}

std::optional<Listener> LinuxPortProbe::first_listener(const PortKey& key) {
  const auto rows = listeners(key);
  if (rows.empty()) return std::nullopt;
  return *rows.front();
}

bool LinuxPortProbe::is_accepting(const Listener& listener) {
  const auto open = connections({std::string(local_host), listener.protocol, listener.port});
  // A connection belongs to no process, and so has no inode, until accept(2) has taken it.
  return std::none_of(open.begin(), open.end(), [](const RawConnection& connection) {
    return connection.near.inode == 0 &&
           (connection.state == TCP_ESTABLISHED || connection.state == TCP_CLOSE_WAIT);
  });
}

std::vector<RawConnection> LinuxPortProbe::connections(const PortKey& key) {
  const std::lock_guard lock(own_->mutex);
  auto open = tables_.connections(key.protocol, key.port);
  if (!open) return {};
  own_->leave_out(*open);
  return std::move(*open);
}

}  // namespace pm
