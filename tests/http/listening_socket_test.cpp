#include "http/listening_socket.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace pm {
namespace {

using testing::HasSubstr;

bool is_non_blocking_and_ours(int fd) {
  return (::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0 && (::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0;
}

/// A plain blocking socket, bound to a free port of 127.0.0.1.
UniqueFd bound_elsewhere(int type = SOCK_STREAM, int family = AF_INET) {
  UniqueFd fd(::socket(family, type, 0));
  if (family == AF_INET6) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  } else {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  return fd;
}

void is_refused(UniqueFd fd) {
  const auto socket = ListeningSocket::inherited(std::move(fd));
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().code, ErrorCode::out_of_bounds);
  EXPECT_THAT(socket.error().message, HasSubstr("ListenStream="));
}

TEST(ListeningSocket, BoundToAFreePort) {
  const auto socket = ListeningSocket::bound("127.0.0.1", 0);
  ASSERT_TRUE(socket) << socket.error().message;
  EXPECT_NE(socket->port, 0);
  EXPECT_EQ(socket->host, "127.0.0.1");
  EXPECT_TRUE(is_non_blocking_and_ours(socket->fd.get()));
  EXPECT_TRUE(socket->listen());
  const auto second = ListeningSocket::bound("127.0.0.1", socket->port);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::port_in_use);
}

TEST(ListeningSocket, ANameStaysAsItWasGiven) {
  const auto socket = ListeningSocket::bound("localhost", 0);
  ASSERT_TRUE(socket) << socket.error().message;
  EXPECT_EQ(socket->host, "localhost");
}

TEST(ListeningSocket, InheritedBoundOrListening) {
  for (const bool listening : {false, true}) {
    auto fd = bound_elsewhere();
    if (listening) {
      ASSERT_EQ(::listen(fd.get(), 5), 0);
    }
    const auto socket = ListeningSocket::inherited(std::move(fd));
    ASSERT_TRUE(socket) << socket.error().message;
    EXPECT_EQ(socket->host, "127.0.0.1");
    EXPECT_NE(socket->port, 0);
    EXPECT_TRUE(is_non_blocking_and_ours(socket->fd.get()));
    EXPECT_TRUE(socket->listen());
  }
}

TEST(ListeningSocket, InheritedOfIPv6) {
  auto fd = bound_elsewhere(SOCK_STREAM, AF_INET6);
  const auto socket = ListeningSocket::inherited(std::move(fd));
  if (!socket) GTEST_SKIP() << "no IPv6 on this machine";
  EXPECT_EQ(socket->host, "::1");
}

TEST(ListeningSocket, WhatCannotBeListenedOnIsRefused) {
  is_refused(bound_elsewhere(SOCK_DGRAM));
  is_refused(UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)));
  is_refused(UniqueFd(::socket(AF_UNIX, SOCK_STREAM, 0)));
  is_refused(UniqueFd(::socket(AF_INET, SOCK_STREAM, 0)));
}

TEST(ListeningSocket, AConnectionIsRefused) {
  const auto server = ListeningSocket::bound("127.0.0.1", 0);
  ASSERT_TRUE(server && server->listen());
  UniqueFd client(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(server->port);
  ASSERT_EQ(::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address),
            0);
  is_refused(std::move(client));
}

}  // namespace
}  // namespace pm
