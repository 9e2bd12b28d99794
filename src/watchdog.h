#pragma once

#include <thread>

#include "app/clock.h"
#include "app/store.h"
#include "http/http_server.h"
#include "service_manager.h"

namespace pm {

/// Tells the service manager that the server serves, on a thread of its own, while it really does:
/// each thread that serves connections has just run a task, a worker for quick requests too, and
/// the store's writer has answered a change of nothing. An answer that refuses, because the disk is
/// full or another program writes, is one: a restart would not help. Where any of them hangs, it is
/// silent, and the service manager ends the program.
///
/// A third of the watchdog's time passes between two looks. It ends when the clock is stopped;
/// join() waits for that.
class Watchdog {
 public:
  /// All of it outlives the thread.
  Watchdog(const ServiceManager& manager, HttpServer& server, Store& store, Clock& clock)
      : manager_(manager), server_(server), store_(store), clock_(clock) {}

  /// After the server has started. Does nothing where nobody watches.
  void start();
  /// Before the server is stopped. Idempotent.
  void join();

 private:
  void run();
  bool is_serving();

  const ServiceManager& manager_;
  HttpServer& server_;
  Store& store_;
  Clock& clock_;
  std::thread thread_;
};

}  // namespace pm
