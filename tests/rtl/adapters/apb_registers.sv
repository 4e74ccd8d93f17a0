// Sixteen words behind APB, for tests of adapters: byte strobes, wait states, errors.
//   0x00..0x3b  words that keep what is written
//   0x3c        wait states of the accesses that follow (reads 0 in the upper bits)
//   elsewhere   pslverr
module apb_registers (
    input  logic        clk,
    input  logic        rst_n,
    input  logic [31:0] s_apb_paddr,
    input  logic        s_apb_psel,
    input  logic        s_apb_penable,
    input  logic        s_apb_pwrite,
    input  logic [31:0] s_apb_pwdata,
    input  logic [3:0]  s_apb_pstrb,
    output logic [31:0] s_apb_prdata,
    output logic        s_apb_pready,
    output logic        s_apb_pslverr
);
  logic [31:0] words[16];
  logic [3:0] waited;

  wire access = s_apb_psel && s_apb_penable;
  wire outside = s_apb_paddr[31:6] != 0 || s_apb_paddr[1:0] != 0;
  wire [3:0] index = s_apb_paddr[5:2];

  assign s_apb_pready  = access && waited == words[15][3:0];
  assign s_apb_pslverr = s_apb_pready && outside;
  assign s_apb_prdata  = s_apb_pready && !outside ? words[index] : 32'hdeaddead;

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      waited <= 0;
      for (int i = 0; i < 16; i++) words[i] <= 0;
    end else begin
      waited <= access && !s_apb_pready ? waited + 1 : 0;
      if (s_apb_pready && s_apb_pwrite && !outside) begin
        for (int lane = 0; lane < 4; lane++)
          if (s_apb_pstrb[lane]) words[index][8*lane+:8] <= s_apb_pwdata[8*lane+:8];
        if (index == 15) words[15][31:4] <= 0;
      end
    end
  end
endmodule
