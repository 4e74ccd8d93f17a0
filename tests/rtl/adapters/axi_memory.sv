// 16 KiB behind AXI4, for tests of adapters: INCR bursts of any size of beats, strobes, one burst of
// each direction at a time. Above 16 KiB: DECERR; the last line of the memory: SLVERR.
// `stall` makes ready and valid come in a pseudo-random pattern.
module axi_memory (
    input  logic         clk,
    input  logic         rst_n,
    input  logic         stall,
    input  logic [3:0]   s_axi_awid,
    input  logic [31:0]  s_axi_awaddr,
    input  logic [7:0]   s_axi_awlen,
    input  logic [2:0]   s_axi_awsize,
    input  logic [1:0]   s_axi_awburst,
    input  logic         s_axi_awvalid,
    output logic         s_axi_awready,
    input  logic [127:0] s_axi_wdata,
    input  logic [15:0]  s_axi_wstrb,
    input  logic         s_axi_wlast,
    input  logic         s_axi_wvalid,
    output logic         s_axi_wready,
    output logic [3:0]   s_axi_bid,
    output logic [1:0]   s_axi_bresp,
    output logic         s_axi_bvalid,
    input  logic         s_axi_bready,
    input  logic [3:0]   s_axi_arid,
    input  logic [31:0]  s_axi_araddr,
    input  logic [7:0]   s_axi_arlen,
    input  logic [2:0]   s_axi_arsize,
    input  logic [1:0]   s_axi_arburst,
    input  logic         s_axi_arvalid,
    output logic         s_axi_arready,
    output logic [3:0]   s_axi_rid,
    output logic [127:0] s_axi_rdata,
    output logic [1:0]   s_axi_rresp,
    output logic         s_axi_rlast,
    output logic         s_axi_rvalid,
    input  logic         s_axi_rready
);
  localparam logic [1:0] OKAY = 0, SLVERR = 2, DECERR = 3;

  logic [127:0] lines[1024];
  logic [15:0] noise;

  function automatic logic [1:0] answer(input logic [27:0] line);
    if (line[27:10] != 0) return DECERR;
    if (&line[9:0]) return SLVERR;
    return OKAY;
  endfunction

  function automatic logic [31:0] following(input logic [31:0] address, input logic [2:0] size);
    return (address & ~((32'd1 << size) - 1)) + (32'd1 << size);
  endfunction

  // Writes.
  logic writing;
  logic [31:0] write_address;
  logic [2:0] write_size;
  assign s_axi_awready = !writing && !s_axi_bvalid && !(stall && noise[0]);
  assign s_axi_wready = writing && !(stall && noise[3]);

  // Reads.
  logic reading;
  logic [31:0] read_address;
  logic [2:0] read_size;
  logic [7:0] read_left;
  assign s_axi_arready = !reading && !s_axi_rvalid && !(stall && noise[5]);

  // A 16-bit linear feedback shift register.
  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) noise <= 16'hace1;
    else noise <= {noise[0] ^ noise[2] ^ noise[3] ^ noise[5], noise[15:1]};
  end

  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      writing <= 0;
      s_axi_bvalid <= 0;
      s_axi_bid <= 0;
      s_axi_bresp <= OKAY;
      write_address <= 0;
      write_size <= 0;
    end else begin
      if (s_axi_bvalid && s_axi_bready) s_axi_bvalid <= 0;
      if (s_axi_awvalid && s_axi_awready) begin
        writing <= 1;
        write_address <= s_axi_awaddr;
        write_size <= s_axi_awsize;
        s_axi_bid <= s_axi_awid;
        s_axi_bresp <= OKAY;
      end
      if (s_axi_wvalid && s_axi_wready) begin
        write_address <= following(write_address, write_size);
        if (answer(write_address[31:4]) != OKAY) s_axi_bresp <= answer(write_address[31:4]);
        if (s_axi_wlast) begin
          writing <= 0;
          s_axi_bvalid <= 1;
        end
      end
    end
  end

  always_ff @(posedge clk) begin
    if (s_axi_wvalid && s_axi_wready && answer(write_address[31:4]) == OKAY) begin
      for (int lane = 0; lane < 16; lane++)
        if (s_axi_wstrb[lane])
          lines[write_address[13:4]][8*lane+:8] <= s_axi_wdata[8*lane+:8];
    end
  end

  wire next_beat = reading && (!s_axi_rvalid || s_axi_rready) && !(stall && noise[7]);
  always_ff @(posedge clk or negedge rst_n) begin
    if (!rst_n) begin
      reading <= 0;
      s_axi_rvalid <= 0;
      s_axi_rlast <= 0;
      s_axi_rresp <= OKAY;
      s_axi_rid <= 0;
      read_address <= 0;
      read_size <= 0;
      read_left <= 0;
      s_axi_rdata <= 0;
    end else begin
      if (s_axi_rvalid && s_axi_rready) s_axi_rvalid <= 0;
      if (s_axi_arvalid && s_axi_arready) begin
        reading <= 1;
        read_address <= s_axi_araddr;
        read_size <= s_axi_arsize;
        read_left <= s_axi_arlen;
        s_axi_rid <= s_axi_arid;
      end else if (next_beat) begin
        s_axi_rvalid <= 1;
        s_axi_rdata <= lines[read_address[13:4]];
        s_axi_rresp <= answer(read_address[31:4]);
        s_axi_rlast <= read_left == 0;
        read_address <= following(read_address, read_size);
        read_left <= read_left - 1;
        if (read_left == 0) reading <= 0;
      end
    end
  end

  // Only INCR is asked of it; others would be answered wrongly. ID and read data must not mix, so
  // an address waits until the burst before it is over.
`ifndef SYNTHESIS
  assert property (@(posedge clk) disable iff (!rst_n) s_axi_awvalid |-> s_axi_awburst == 1);
  assert property (@(posedge clk) disable iff (!rst_n) s_axi_arvalid |-> s_axi_arburst == 1);
`endif
  wire unused = &{s_axi_awlen, s_axi_awburst, s_axi_arburst};
endmodule
