#include "http/websocket_codec.h"

#include <gmock/gmock.h>

#include <random>
#include <set>
#include <vector>

#include "http/websocket_client.h"

namespace pm::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// What a codec makes of bytes.
struct Seen {
  std::vector<std::string> texts;
  std::string output;
  bool operator==(const Seen&) const = default;
};

void feed(WebSocketCodec& codec, std::string_view bytes, Seen& seen) {
  for (auto& event : codec.receive(bytes)) {
    if (event.kind == WebSocketCodec::Event::Kind::text) {
      seen.texts.push_back(event.data);
    } else {
      seen.output += event.data;
    }
  }
}

Seen all_at_once(const std::string& bytes) {
  WebSocketCodec codec;
  Seen seen;
  feed(codec, bytes, seen);
  return seen;
}

int code_after(const std::string& bytes) {
  return close_code(all_at_once(bytes).output);
}

constexpr std::uint8_t continuation = WSLAY_CONTINUATION_FRAME;
constexpr std::uint8_t text = WSLAY_TEXT_FRAME;
constexpr std::uint8_t ping = WSLAY_PING;
constexpr std::uint8_t pong = WSLAY_PONG;
constexpr std::uint8_t close_opcode = WSLAY_CONNECTION_CLOSE;

TEST(WebSocketCodec, MessagesOfEverySizeComeWhole) {
  for (const std::size_t size :
       {0U, 1U, 125U, 126U, 127U, 4'095U, 4'096U, 4'097U, 65'535U, 65'536U}) {
    const std::string message(size, 'm');
    const auto seen = all_at_once(client_text(message) + client_text("next"));
    EXPECT_TRUE(seen.texts == (std::vector<std::string>{message, "next"})) << size;
    EXPECT_EQ(seen.output, "");
  }
}

TEST(WebSocketCodec, AMessageOver64KiBIsRefused) {
  EXPECT_EQ(code_after(client_text(std::string(65'537, 'm'))), 1009);
  EXPECT_EQ(code_after(client_frame(text, std::string(40'000, 'm'), false) +
                       client_frame(continuation, std::string(40'000, 'm'))),
            1009);
}

TEST(WebSocketCodec, FragmentsWithPingsBetweenThemAreOneMessage) {
  const auto seen = all_at_once(client_frame(text, "one ", false) + client_frame(ping, "a") +
                                client_frame(continuation, "message", false) +
                                client_frame(pong, "unasked") + client_frame(continuation, "!"));
  EXPECT_THAT(seen.texts, ElementsAre("one message!"));
  EXPECT_EQ(seen.output, std::string("\x8a\x01") + "a");
}

TEST(WebSocketCodec, WhatTheProtocolForbidsEndsTheConnection) {
  EXPECT_EQ(code_after(client_frame(text, "bare", true, false)), 1002);
  EXPECT_EQ(code_after(client_frame(continuation, "no beginning")), 1002);
  EXPECT_EQ(code_after(client_frame(text, "a", false) + client_text("another")), 1002);
  for (const std::uint8_t rsv : std::vector<std::uint8_t>{1, 2, 4}) {
    EXPECT_EQ(code_after(client_frame(text, "bits", true, true, rsv)), 1002) << int{rsv};
  }
  for (const std::uint8_t opcode : std::vector<std::uint8_t>{3, 7, 11, 15}) {
    auto frame = client_text("opcode");
    frame[0] = static_cast<char>(0x80 | opcode);
    EXPECT_EQ(code_after(frame), 1002) << int{opcode};
  }
  auto fragmented_ping = client_frame(ping, "");
  fragmented_ping[0] = static_cast<char>(ping);
  EXPECT_EQ(code_after(fragmented_ping), 1002);
  auto long_form = client_text("short");
  long_form[1] = static_cast<char>(0x80 | 126);
  long_form.insert(2, std::string("\x00\x05", 2));
  EXPECT_EQ(code_after(long_form), 1002);
  EXPECT_EQ(code_after(client_frame(WSLAY_BINARY_FRAME, "bytes")), 1003);
}

TEST(WebSocketCodec, TextIsUtf8) {
  EXPECT_EQ(code_after(client_text("\xff")), 1007);
  EXPECT_EQ(code_after(client_text("\xc0\x80")), 1007);
  EXPECT_EQ(code_after(client_text("\xed\xa0\x80")), 1007);
  EXPECT_EQ(code_after(client_text("\xf4\x90\x80\x80")), 1007);
  EXPECT_EQ(code_after(client_text("caf\xc3")), 1007);
  const auto cut =
      all_at_once(client_frame(text, "caf\xc3", false) + client_frame(continuation, "\xa9"));
  EXPECT_THAT(cut.texts, ElementsAre("caf\xc3\xa9"));
}

TEST(WebSocketCodec, ACloseIsAnsweredWithItsCodeAndEndsTheReading) {
  for (const int code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4999}) {
    WebSocketCodec codec;
    Seen seen;
    feed(codec, client_frame(close_opcode, close_payload(code, "bye")) + client_text("late"), seen);
    EXPECT_EQ(close_code(seen.output), code);
    EXPECT_THAT(seen.texts, IsEmpty());
    EXPECT_TRUE(codec.close_received());
    EXPECT_TRUE(codec.close_sent());
    EXPECT_EQ(codec.close(1001, "too late"), "");
  }
  const auto empty = all_at_once(client_frame(close_opcode, ""));
  EXPECT_EQ(empty.output, std::string("\x88\x00", 2));
}

/// How a close with that reason is answered, its bytes cut in two at each place.
std::set<int> codes_for_reason(const std::string& reason) {
  const auto frame = client_frame(close_opcode, close_payload(4000, reason));
  std::set<int> codes;
  for (std::size_t cut = 0; cut <= frame.size(); ++cut) {
    WebSocketCodec codec;
    Seen seen;
    feed(codec, std::string_view(frame).substr(0, cut), seen);
    feed(codec, std::string_view(frame).substr(cut), seen);
    codes.insert(close_code(seen.output));
  }
  return codes;
}

TEST(WebSocketCodec, AReasonIsUtf8HoweverItIsCut) {
  for (const std::string reason : {"\xc3\xa9", "\xc3\xa9tait", "a\xc3\xa9", "\xf0\x9f\x98\x80"}) {
    EXPECT_THAT(codes_for_reason(reason), ElementsAre(4000)) << reason;
  }
  EXPECT_THAT(codes_for_reason(std::string(123, 'r')), ElementsAre(4000));
  for (const std::string reason :
       {"\xa9", "\xc3", "bad\xc3", "\xc0\xaf", "\xed\xa0\x80", "ok\xff"}) {
    EXPECT_THAT(codes_for_reason(reason), ElementsAre(1007)) << reason;
  }
}

TEST(WebSocketCodec, OurCloseMayComeWhileTheClientsIsHalfThere) {
  const auto frame = client_frame(close_opcode, close_payload(4000, "bye"));
  for (std::size_t cut = 1; cut < frame.size(); ++cut) {
    WebSocketCodec codec;
    Seen seen;
    feed(codec, frame.substr(0, cut), seen);
    EXPECT_EQ(close_code(codec.close(1001, "stopping")), 1001);
    feed(codec, frame.substr(cut), seen);
    EXPECT_TRUE(codec.close_received()) << cut;
    EXPECT_EQ(seen.output, "");
  }
}

TEST(WebSocketCodec, ACloseThatIsNoneIsAFault) {
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65'535}) {
    WebSocketCodec codec;
    Seen seen;
    feed(codec, client_frame(close_opcode, close_payload(code)), seen);
    EXPECT_EQ(close_code(seen.output), 1002) << code;
    EXPECT_TRUE(codec.has_failed() || codec.close_received()) << code;
  }
  EXPECT_EQ(code_after(client_frame(close_opcode, "\x03")), 1002);
  EXPECT_EQ(code_after(client_frame(close_opcode, close_payload(1000, "\xff"))), 1007);
}

TEST(WebSocketCodec, OurCloseIsSentOnceAndItsAnswerHeard) {
  WebSocketCodec codec;
  EXPECT_EQ(close_code(codec.close(1001, "stopping")), 1001);
  EXPECT_EQ(codec.close(1001, "stopping"), "");
  EXPECT_FALSE(codec.close_received());
  Seen seen;
  feed(codec, client_text("on its way") + client_frame(close_opcode, close_payload(1001)), seen);
  EXPECT_EQ(seen.output, "");
  EXPECT_TRUE(codec.close_received());
}

TEST(WebSocketCodec, StateIsHeldOnlyWhileSomethingIsHalfDone) {
  WebSocketCodec codec;
  Seen seen;
  EXPECT_TRUE(codec.is_idle());
  feed(codec, client_text("whole"), seen);
  EXPECT_TRUE(codec.is_idle());
  feed(codec, client_frame(ping, "p"), seen);
  EXPECT_TRUE(codec.is_idle());
  const auto message = client_text("cut");
  feed(codec, message.substr(0, 1), seen);
  EXPECT_FALSE(codec.is_idle());
  feed(codec, message.substr(1), seen);
  EXPECT_TRUE(codec.is_idle());
  feed(codec, client_frame(text, "half ", false), seen);
  EXPECT_FALSE(codec.is_idle());
  feed(codec, client_frame(ping, ""), seen);
  EXPECT_FALSE(codec.is_idle());
  feed(codec, client_frame(continuation, "done"), seen);
  EXPECT_TRUE(codec.is_idle());
  EXPECT_THAT(seen.texts, ElementsAre("whole", "cut", "half done"));
}

/// A stream of what a client may send, and now and then of what it may not.
std::string random_stream(std::mt19937& random) {
  const auto below = [&](int bound) {
    return static_cast<int>(random() % static_cast<unsigned>(bound));
  };
  std::string stream;
  bool is_open = false;
  for (int i = below(12); i >= 0; --i) {
    const std::string payload(static_cast<std::size_t>(below(3) == 0 ? below(400) : below(20)),
                              'x');
    switch (below(8)) {
      case 0:
        stream += client_frame(ping, payload.substr(0, 125));
        break;
      case 1:
        stream += client_frame(pong, payload.substr(0, 125));
        break;
      case 2:
        stream += client_frame(is_open ? continuation : text, payload, false);
        is_open = true;
        break;
      case 3:
        if (below(6) == 0) stream += client_frame(close_opcode, close_payload(1000));
        break;
      case 4:
        if (below(6) == 0) stream += client_frame(text, "bare", true, false);
        break;
      default:
        stream += client_frame(is_open ? continuation : text, payload);
        is_open = false;
    }
  }
  return stream;
}

TEST(WebSocketCodec, HowTheBytesAreCutMakesNoDifference) {
  std::mt19937 random(20'261'123);
  for (int round = 0; round < 400; ++round) {
    const auto stream = random_stream(random);
    const auto whole = all_at_once(stream);
    WebSocketCodec by_byte;
    WebSocketCodec by_piece;
    Seen bytes;
    Seen pieces;
    for (std::size_t i = 0; i < stream.size(); ++i) feed(by_byte, {&stream[i], 1}, bytes);
    for (std::size_t i = 0; i < stream.size();) {
      const auto size = std::min<std::size_t>(1 + random() % 40, stream.size() - i);
      feed(by_piece, {&stream[i], size}, pieces);
      i += size;
    }
    ASSERT_EQ(bytes, whole) << round;
    ASSERT_EQ(pieces, whole) << round;
    EXPECT_EQ(by_byte.is_idle(), by_piece.is_idle());
  }
}

TEST(WebSocketCodec, FramesOfTheServerAreNotMasked) {
  EXPECT_EQ(WebSocketCodec::text_frame("hi"), "\x81\x02hi");
  EXPECT_EQ(WebSocketCodec::ping_frame(), std::string("\x89\x00", 2));
  const auto large = WebSocketCodec::text_frame(std::string(70'000, 'x'));
  EXPECT_EQ(large.size(), 70'010U);
  EXPECT_EQ(static_cast<unsigned char>(large[1]), 127U);
}

}  // namespace
}  // namespace pm::test
