// Anything at all may come over a connection: it is answered, and the next good packet is too.
#include <random>

#include <gtest/gtest.h>

#include "platform/debug/commands.h"
#include "platform/debug/packet.h"
#include "tests/platform/debug/fake_target.h"

namespace leyden::debug {
namespace {

const std::vector<std::string> kSeeds = {"g",
                                         "G" + std::string(264, '0'),
                                         "p20",
                                         "P20=00000080",
                                         "m1000,10",
                                         "M1000,4:01020304",
                                         std::string("X1000,4:\x01\x02#$", 12),
                                         "Z0,1000,4",
                                         "Z2,1000,4",
                                         "z0,1000,4",
                                         "z2,1000,4",
                                         "vCont;c",
                                         "vCont;s:1;c",
                                         "vCont;r1000,1010:1;c",
                                         "vCont?",
                                         "c",
                                         "s1000",
                                         "C05;1000",
                                         "?",
                                         "k",
                                         "D",
                                         "Hg0",
                                         "T1",
                                         "qC",
                                         "qSupported:swbreak+;hwbreak+",
                                         "qXfer:features:read:target.xml:0,1000",
                                         "qXfer:memory-map:read::0,1000",
                                         "qRcmd,68656c70",
                                         "QStartNoAckMode",
                                         "vKill;1",
                                         "qAttached",
                                         "vMustReplyEmpty",
                                         "qOffsets",
                                         "m1000,ffffffff",
                                         "mffffffff,ffffffff",
                                         "Z2,0,ffffffff"};

class Fuzzer {
 public:
  explicit Fuzzer(std::uint64_t seed) : random_(seed) {}

  /// The bytes of one packet, good or not, or of something else.
  std::string make() {
    std::string payload = kSeeds[draw(kSeeds.size())];
    const unsigned changes = draw(4);
    for (unsigned i = 0; i < changes; ++i) change(payload);
    switch (draw(10)) {
      case 0:
        return noise(draw(64));
      case 1: {  // wrong checksum, or one that is no number
        std::string bytes = frame(escape(payload));
        bytes[bytes.size() - 1 - draw(2)] = static_cast<char>(draw(256));
        return bytes;
      }
      case 2: {  // cut off
        const std::string bytes = frame(escape(payload));
        return bytes.substr(0, draw(static_cast<unsigned>(bytes.size())));
      }
      case 3:  // not escaped
        return frame(payload);
      default:
        return frame(escape(payload));
    }
  }

 private:
  unsigned draw(std::size_t below) { return static_cast<unsigned>(random_() % below); }
  std::string noise(unsigned size) {
    std::string bytes;
    for (unsigned i = 0; i < size; ++i) bytes += static_cast<char>(draw(256));
    return bytes;
  }
  void change(std::string& text) {
    const std::size_t at = draw(text.size() + 1);
    switch (draw(5)) {
      case 0:
        text.insert(at, noise(1 + draw(3)));
        break;
      case 1:
        text.resize(at);
        break;
      case 2:
        text.insert(at, std::string(1 + draw(20), "0fF,;:=-}"[draw(9)]));
        break;
      case 3:
        if (at < text.size()) text[at] = static_cast<char>(draw(256));
        break;
      default:
        if (draw(500) == 0) text += std::string(draw(3 * kMostPacketBytes), 'f');
        break;
    }
  }
  std::mt19937_64 random_;
};

bool is_well_formed(const std::string& reply) {
  // No frame characters in it, and no longer than the debugger was told.
  return reply.find('$') == std::string::npos && reply.find('#') == std::string::npos &&
         reply.size() <= kMostPacketBytes;
}

TEST(GdbFuzz, EverythingIsAnsweredAndTheNextPacketIsUnderstood) {
  constexpr unsigned kPackets = 300000;
  test::FakeTarget target;
  Commands commands(target);
  PacketReader reader;
  Fuzzer fuzzer(1);
  std::array<std::uint64_t, 6> kinds{};
  std::uint64_t errors = 0;
  std::uint64_t good = 0;
  for (unsigned i = 0; i < kPackets; ++i) {
    const std::string bytes = fuzzer.make();
    reader.feed(bytes.data(), bytes.size());
    while (const auto incoming = reader.next()) {
      ++kinds[static_cast<std::size_t>(incoming->kind)];
      if (incoming->kind != Incoming::Kind::kPacket) continue;
      ASSERT_LE(incoming->payload.size(), kMostPacketBytes);
      const Answer answer = commands.handle(incoming->payload);
      if (answer.reply) {
        ASSERT_TRUE(is_well_formed(*answer.reply)) << incoming->payload;
        ++(answer.reply->rfind('E', 0) == 0 ? errors : good);
      } else {
        ASSERT_NE(answer.action, Action::kStay) << "a packet without an answer";
      }
    }
    if (i % 1000 != 0) continue;
    // A new packet's start ends whatever was begun.
    const std::string check = frame("p20");
    reader.feed("#00", 3);
    while (reader.next()) {
    }
    reader.feed(check.data(), check.size());
    const auto incoming = reader.next();
    ASSERT_TRUE(incoming && incoming->payload == "p20");
    ASSERT_EQ(commands.handle("p20").reply->size(), 8u);
    ASSERT_LE(target.breakpoints.size(), 2 * 4096u);
    ASSERT_LE(target.watchpoints.size(), 64u);
  }
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    EXPECT_GT(kinds[kind], 20u) << "kind " << kind << " never came up";
  }
  EXPECT_GT(kinds[0], 100000u);
  EXPECT_GT(errors, 10000u);
  EXPECT_GT(good, 10000u);
}

}  // namespace
}  // namespace leyden::debug
