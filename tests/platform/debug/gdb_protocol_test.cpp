// Packets and commands of the GDB remote serial protocol, by hand from GDB's manual (appendix E).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/debug/commands.h"
#include "platform/debug/description.h"
#include "platform/debug/packet.h"
#include "tests/platform/debug/fake_target.h"

namespace leyden::debug {
namespace {

using test::FakeTarget;
using testing::HasSubstr;
using testing::StartsWith;

std::vector<Incoming> read(const std::string& bytes) {
  PacketReader reader;
  reader.feed(bytes.data(), bytes.size());
  std::vector<Incoming> all;
  while (auto one = reader.next()) all.push_back(*one);
  return all;
}

std::string reply(Commands& commands, const std::string& packet) {
  const Answer answer = commands.handle(packet);
  EXPECT_EQ(answer.action, Action::kStay) << packet;
  EXPECT_TRUE(answer.reply) << packet;
  return answer.reply.value_or("nothing");
}

TEST(Packets, FrameAndChecksum) {
  EXPECT_EQ(frame("OK"), "$OK#9a");
  EXPECT_EQ(frame(""), "$#00");
  const auto all = read("+$g#67-\x03$QStartNoAckMode#b0");
  ASSERT_EQ(all.size(), 5u);
  EXPECT_EQ(all[0].kind, Incoming::Kind::kAck);
  EXPECT_EQ(all[1].payload, "g");
  EXPECT_EQ(all[2].kind, Incoming::Kind::kNack);
  EXPECT_EQ(all[3].kind, Incoming::Kind::kInterrupt);
  EXPECT_EQ(all[4].payload, "QStartNoAckMode");
}

TEST(Packets, BytesMayComeOneByOne) {
  PacketReader reader;
  const std::string bytes = "$qC#b4";
  for (const char& c : bytes) {
    EXPECT_FALSE(reader.next());
    reader.feed(&c, 1);
  }
  EXPECT_EQ(reader.next()->payload, "qC");
}

TEST(Packets, WrongOnesAreTold) {
  EXPECT_EQ(read("$g#68").at(0).kind, Incoming::Kind::kBadChecksum);
  EXPECT_EQ(read("$g#6z").at(0).kind, Incoming::Kind::kBadChecksum);
  EXPECT_EQ(read("$a}#de").at(0).kind, Incoming::Kind::kBadChecksum) << "an escape of nothing";
  EXPECT_TRUE(read("noise#00").empty());
  const auto cut = read("$m100$g#67");
  ASSERT_EQ(cut.size(), 1u) << "a packet cut off by the next";
  EXPECT_EQ(cut[0].payload, "g");
  EXPECT_EQ(read("$a\x03g#cb").at(0).payload, "a\x03g") << "Ctrl-C in a packet is data";
}

TEST(Packets, LengthIsLimited) {
  const std::string most(kMostPacketBytes, 'x');
  EXPECT_EQ(read(frame(most)).at(0).payload, most);
  EXPECT_EQ(read(frame(most + "x")).at(0).kind, Incoming::Kind::kTooLong);
  const std::string huge(10 * kMostPacketBytes, 'x');
  const auto all = read(frame(huge) + "$g#67");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].kind, Incoming::Kind::kTooLong);
  EXPECT_EQ(all[1].payload, "g") << "what follows is read again";
}

TEST(Packets, BinaryDataIsEscaped) {
  // 0x7d, then the byte with bit 5 turned over.
  EXPECT_EQ(escape("a#b$c}d*e"),
            "a}\x03"
            "b}\x04"
            "c}\x5d"
            "d}\x0a"
            "e");
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(read(frame(escape(all))).at(0).payload, all);
}

TEST(Packets, HexAndNumbers) {
  EXPECT_EQ(to_hex("\x01\xab"), "01ab");
  EXPECT_EQ(from_hex("01aB"), (std::vector<std::uint8_t>{0x01, 0xab}));
  EXPECT_FALSE(from_hex("01a"));
  EXPECT_FALSE(from_hex("0g"));
  std::string_view text = "ffffffff,1";
  EXPECT_EQ(take_number(text), 0xffffffffu);
  EXPECT_EQ(text, ",1");
  text = "100000000";
  EXPECT_FALSE(take_number(text));
  text = "00000000000000000000000012";
  EXPECT_EQ(take_number(text), 0x12u);
  text = "";
  EXPECT_FALSE(take_number(text));
}

TEST(CommandsTest, Registers) {
  FakeTarget target;
  Commands commands(target);
  target.registers[1] = 0x12345678;
  target.registers[32] = 0x80000010;
  const std::string all = reply(commands, "g");
  ASSERT_EQ(all.size(), 33u * 8);
  EXPECT_EQ(all.substr(8, 8), "78563412") << "in the target's byte order";
  EXPECT_EQ(all.substr(32 * 8), "10000080");
  EXPECT_EQ(reply(commands, "p20"), "10000080");
  EXPECT_EQ(reply(commands, "P2=efbeadde"), "OK");
  EXPECT_EQ(target.registers[2], 0xdeadbeefu);
  EXPECT_EQ(reply(commands, "G" + std::string(32 * 8, '0') + "04000080"), "OK");
  EXPECT_EQ(target.registers[2], 0u);
  EXPECT_EQ(target.registers[32], 0x80000004u);
  // CSRs: 65 + number. mstatus is 0x300, so 0x341.
  EXPECT_EQ(reply(commands, "p341"), "00180000");
  EXPECT_EQ(reply(commands, "P381=01000000"), "OK");
  EXPECT_EQ(target.csr_values[0x340], 1u);
  for (const char* wrong : {"p", "px", "p21", "pfffffff", "P", "P1", "P1=", "P1=123", "P1=1234567x",
                            "P21=00000000", "G", "G00", "p20,1"}) {
    EXPECT_THAT(reply(commands, wrong), StartsWith("E")) << wrong;
  }
}

TEST(CommandsTest, Memory) {
  FakeTarget target;
  Commands commands(target);
  EXPECT_EQ(reply(commands, "M1000,4:0102aBff"), "OK");
  EXPECT_EQ(target.memory[2], 0xab);
  EXPECT_EQ(reply(commands, "m1000,4"), "0102abff");
  EXPECT_EQ(reply(commands, std::string("X1001,3:\x00#$", 11)), "OK");
  EXPECT_EQ(reply(commands, "m1000,4"), "01002324");
  EXPECT_EQ(reply(commands, "X1000,0:"), "OK") << "asks whether X is known";
  EXPECT_EQ(reply(commands, "m10fe,8"), "0000") << "what there is";
  EXPECT_EQ(reply(commands, "m1000,ffffffff").size(), 512u);
  EXPECT_EQ(reply(commands, "m2000,4"), "E0e");
  EXPECT_EQ(reply(commands, "M10ff,2:0101"), "E0e");
  EXPECT_EQ(reply(commands, "mffffffff,8"), "E0e");
  for (const char* wrong : {"m", "m1000", "m1000,", "m,4", "mx,4", "m1000,4,", "m1000,100000000",
                            "M1000,4", "M1000,4:01", "M1000,1:0g", "M1000,1:0102", "X1000,4:abc"}) {
    EXPECT_THAT(reply(commands, wrong), StartsWith("E16")) << wrong;
  }
}

TEST(CommandsTest, Breakpoints) {
  FakeTarget target;
  Commands commands(target);
  EXPECT_EQ(reply(commands, "Z0,1000,2"), "OK");
  EXPECT_EQ(reply(commands, "Z1,1000,4"), "OK");
  EXPECT_EQ(reply(commands, "z0,1000,2"), "OK");
  EXPECT_EQ(target.breakpoints.count(0x1000), 1u) << "the hardware one is still there";
  EXPECT_EQ(reply(commands, "z1,1000,4"), "OK");
  EXPECT_TRUE(target.breakpoints.empty());
  EXPECT_EQ(reply(commands, "z1,1000,4"), "OK") << "repeated ones do no harm";
  EXPECT_EQ(reply(commands, "Z2,1004,4"), "OK");
  EXPECT_EQ(reply(commands, "Z3,1004,2"), "OK");
  EXPECT_EQ(reply(commands, "Z4,1004,1"), "OK");
  ASSERT_EQ(target.watchpoints.size(), 3u);
  EXPECT_EQ(target.watchpoints[0], (cpu::Watchpoint{0x1004, 4, cpu::WatchKind::kWrite}));
  EXPECT_EQ(target.watchpoints[1], (cpu::Watchpoint{0x1004, 2, cpu::WatchKind::kRead}));
  EXPECT_EQ(target.watchpoints[2], (cpu::Watchpoint{0x1004, 1, cpu::WatchKind::kAccess}));
  EXPECT_EQ(reply(commands, "z3,1004,2"), "OK");
  EXPECT_EQ(target.watchpoints.size(), 2u);
  EXPECT_EQ(reply(commands, "Z5,1000,4"), "") << "not supported";
  for (const char* wrong :
       {"Z", "Z0", "Z0,", "Z0,1000", "Z0,1001,2", "Z2,1000,0", "Z0,1000,2;X1,00", "z0,x,2"}) {
    EXPECT_EQ(reply(commands, wrong), "E16") << wrong;
  }
}

TEST(CommandsTest, PointsAreLimited) {
  FakeTarget target;
  Commands commands(target);
  std::string last;
  for (unsigned i = 0; i < 5000; ++i) {
    char packet[32];
    std::snprintf(packet, sizeof packet, "Z0,%x,2", 2 * i);
    last = reply(commands, packet);
  }
  EXPECT_EQ(last, "E1c");
  EXPECT_EQ(target.breakpoints.size(), 4096u);
  for (unsigned i = 0; i < 100; ++i) {
    char packet[32];
    std::snprintf(packet, sizeof packet, "Z2,%x,1", i);
    last = reply(commands, packet);
  }
  EXPECT_EQ(last, "E1c");
  EXPECT_EQ(reply(commands, "z2,0,1"), "OK");
  EXPECT_EQ(reply(commands, "Z2,fff,1"), "OK");
}

TEST(CommandsTest, GoingOn) {
  FakeTarget target;
  Commands commands(target);
  const auto expect = [&](const std::string& packet, Action action) {
    const Answer answer = commands.handle(packet);
    EXPECT_EQ(answer.action, action) << packet;
    EXPECT_FALSE(answer.reply) << packet;
    return answer;
  };
  expect("c", Action::kContinue);
  expect("s", Action::kStep);
  expect("C05", Action::kContinue);
  expect("S05;2000", Action::kStep);
  EXPECT_EQ(target.registers[32], 0x2000u);
  expect("c1234", Action::kContinue);
  EXPECT_EQ(target.registers[32], 0x1234u);
  expect("vCont;c", Action::kContinue);
  expect("vCont;s:1;c", Action::kStep);
  expect("vCont;c:1", Action::kContinue);
  expect("vCont;S05:-1", Action::kStep);
  const Answer range = expect("vCont;r1000,1010:1;c", Action::kStep);
  ASSERT_TRUE(range.range);
  EXPECT_EQ(range.range->first, 0x1000u);
  EXPECT_EQ(range.range->end, 0x1010u);
  expect("vCont;s:2;c", Action::kContinue);
  expect("k", Action::kKill);
  EXPECT_EQ(commands.handle("vKill;1").reply, "OK");
  EXPECT_EQ(commands.handle("vKill;1").action, Action::kKill);
  EXPECT_EQ(commands.handle("D").reply, "OK");
  EXPECT_EQ(commands.handle("D").action, Action::kDetach);
  for (const char* wrong : {"C", "Cx", "sx", "c1234x", "vCont;", "vCont;x", "vCont;r1000",
                            "vCont;C", "vCont;s:2", "vCont;:1", "vCont;c05"}) {
    EXPECT_EQ(reply(commands, wrong), "E16") << wrong;
  }
}

TEST(CommandsTest, Queries) {
  FakeTarget target;
  Commands commands(target);
  EXPECT_THAT(reply(commands, "qSupported:multiprocess+;swbreak+;hwbreak+;xmlRegisters=i386"),
              testing::AllOf(HasSubstr("PacketSize=4000"), HasSubstr("QStartNoAckMode+"),
                             HasSubstr("qXfer:features:read+"), HasSubstr("swbreak+")));
  EXPECT_EQ(reply(commands, "qC"), "QC1");
  EXPECT_EQ(reply(commands, "qfThreadInfo"), "m1");
  EXPECT_EQ(reply(commands, "qsThreadInfo"), "l");
  EXPECT_EQ(reply(commands, "qAttached"), "1");
  EXPECT_EQ(reply(commands, "Hg0"), "OK");
  EXPECT_EQ(reply(commands, "Hc-1"), "OK");
  EXPECT_EQ(reply(commands, "T1"), "OK");
  EXPECT_EQ(reply(commands, "T2"), "E16");
  EXPECT_EQ(reply(commands, "vCont?"), "vCont;c;C;s;S;r");
  for (const char* unknown : {"", "vMustReplyEmpty", "qNothing", "QNothing", "!", "R00", "A",
                              "vRun", "\xff", "qXfer:auxv:read::0,10"}) {
    EXPECT_EQ(reply(commands, unknown), "") << unknown;
  }
  EXPECT_TRUE(commands.handle("QStartNoAckMode").stops_acknowledging);
  EXPECT_EQ(reply(commands, "?"), "S05");
  commands.set_last_stop("T02");
  EXPECT_EQ(reply(commands, "?"), "T02");
}

TEST(CommandsTest, DocumentsComeInParts) {
  FakeTarget target;
  Commands commands(target);
  std::string whole;
  for (;;) {
    char packet[64];
    std::snprintf(packet, sizeof packet, "qXfer:features:read:target.xml:%zx,40", whole.size());
    const std::string part = reply(commands, packet);
    ASSERT_THAT(part, testing::AnyOf(StartsWith("m"), StartsWith("l")));
    whole += part.substr(1);
    if (part[0] == 'l') break;
  }
  EXPECT_EQ(whole, target_description(target.csrs()));
  EXPECT_THAT(whole, HasSubstr("<architecture>riscv:rv32</architecture>"));
  EXPECT_THAT(whole, HasSubstr("<reg name=\"mstatus\" bitsize=\"32\" regnum=\"833\""));
  EXPECT_THAT(reply(commands, "qXfer:memory-map:read::0,1000"),
              HasSubstr("<memory type=\"ram\" start=\"0x1000\" length=\"0x100\"/>"));
  for (const char* wrong : {"qXfer:features:read:target.xml:", "qXfer:features:read:target.xml:0",
                            "qXfer:features:read:target.xml:ffffff,10",
                            "qXfer:features:read:other.xml:0,10", "qXfer:memory-map:read::x,10"}) {
    EXPECT_THAT(reply(commands, wrong), StartsWith("E")) << wrong;
  }
}

TEST(CommandsTest, MonitorCommands) {
  FakeTarget target;
  Commands commands(target);
  EXPECT_EQ(reply(commands, "qRcmd,74696d65"), to_hex("fine\n"));
  EXPECT_EQ(target.last_monitor, "time");
  target.monitor_output = "";
  EXPECT_EQ(reply(commands, "qRcmd,"), "OK");
  EXPECT_EQ(reply(commands, "qRcmd,7"), "E16");
  target.monitor_output = std::string(100000, 'x');
  EXPECT_LE(reply(commands, "qRcmd,74").size(), kMostPacketBytes);
}

TEST(CommandsTest, StopReplies) {
  FakeTarget target;
  Commands commands(target);
  target.registers[2] = 0x80020000;
  target.registers[32] = 0x80000010;
  const std::string head = "T0502:00000280;08:00000000;20:10000080;thread:1;";
  EXPECT_EQ(commands.stop_reply(5, {}), head);
  cpu::DebugEvent event{cpu::DebugReason::kWatchpoint, 0x1004, cpu::WatchKind::kRead};
  EXPECT_EQ(commands.stop_reply(5, event), head + "rwatch:1004;");
  event.kind = cpu::WatchKind::kWrite;
  EXPECT_EQ(commands.stop_reply(5, event), head + "watch:1004;");
  event.kind = cpu::WatchKind::kAccess;
  EXPECT_EQ(commands.stop_reply(5, event), head + "awatch:1004;");
  event = {cpu::DebugReason::kBreakpoint, 0x80000010, {}};
  EXPECT_EQ(commands.stop_reply(5, event), head) << "only to those who know it";
  commands.handle("qSupported:swbreak+;hwbreak+");
  EXPECT_EQ(commands.stop_reply(5, event), head + "swbreak:;");
  commands.handle("Z1,80000010,4");
  EXPECT_EQ(commands.stop_reply(5, event), head + "hwbreak:;");
}

}  // namespace
}  // namespace leyden::debug
