using System;
using System.Buffers.Binary;
using System.Linq;
using ManagedUprobe.Events;
using ManagedUprobe.Tests.Support;
using Xunit;

namespace ManagedUprobe.Tests.Events;

/// <summary>Evaluation: the kernel's layout, its limits, its faults.</summary>
public sealed class FetchProgramTests
{
    private const ulong Data = 0x7fff_0001_0000;

    [Fact]
    public void LaysFieldsOutPackedBehindTheAddress()
    {
        var hit = new Hit("p:g/e /bin/fx:0x1000 a=%di:u8 b=%si:u16 s=+0(%dx):string c=%cx");
        (hit.Regs.rdi, hit.Regs.rsi, hit.Regs.rdx, hit.Regs.rcx) = (0x1122, 0x33445566, Data, 0x77);
        hit.Memory.Map(Data, "xyz");

        ReadOnlySpan<byte> body = new TraceRecord(hit.Record()).Body;
        Assert.Equal(Hit.Vaddr, BinaryPrimitives.ReadUInt64LittleEndian(body[8..]));
        Assert.Equal(0x22, body[16]);
        Assert.Equal(0x5566, BinaryPrimitives.ReadUInt16LittleEndian(body[17..]));
        Assert.Equal((4u << 16) | 31, BinaryPrimitives.ReadUInt32LittleEndian(body[19..]));
        Assert.Equal(0x77ul, BinaryPrimitives.ReadUInt64LittleEndian(body[23..]));
        Assert.Equal("xyz\0"u8, body[31..]);
    }

    [Fact]
    public void PutsFunctionAndReturnAddressBeforeTheFieldsOfAReturn()
    {
        var hit = new Hit("r:g/e /bin/fx:0x1000 $retval:u8 ip=%ip");
        hit.Regs.rax = 0x1ff;
        ReadOnlySpan<byte> body = new TraceRecord(hit.Record()).Body;
        Assert.Equal(33, body.Length);
        Assert.Equal(Hit.Vaddr, BinaryPrimitives.ReadUInt64LittleEndian(body[8..]));
        Assert.Equal(Hit.ReturnVaddr, BinaryPrimitives.ReadUInt64LittleEndian(body[16..]));
        Assert.Equal(0xff, body[24]);
        Assert.Equal("e: (0x555555559999 <- 0x555555555000) arg1=255 ip=0x555555559999", hit.EventText());
    }

    [Theory]
    [InlineData("%orig_ax", "0xffffffffffffffff")]
    [InlineData("%ip", "0x555555555000")]
    [InlineData("@+0x10:x8", "0x5a")]
    [InlineData("@+-16:x8", "0x0")]
    [InlineData("$stack", "0x7fff00010000")]
    [InlineData("$stack2", "0x33")]
    [InlineData("$stack4294967296", "0x11")]
    [InlineData("$stack100000", "0x0")]
    [InlineData("+8($stack):x8[3]", "{0x22,0x0,0x0}")]
    [InlineData("+0(+24($stack)):string", "\"text\"")]
    [InlineData("+24($stack):string[2]", "{\"text\",(fault)}")]
    [InlineData("+0x100000008($stack)", "0x22")]
    [InlineData("+0(+32($stack)):x64", "0x0")]
    [InlineData("+0(+0(+32($stack))):x64[2]", "{0x0,0x0}")]
    [InlineData("+0(+0(+32($stack))):string", "(fault)")]
    [InlineData("@0xffffffffff600000:x8", "0x0")]
    [InlineData("\\-1:s8", "-1")]
    [InlineData("\\65:char", "'A'")]
    [InlineData("\\0x7fff00020000:string", "\"text\"")]
    [InlineData("%ax:b4@4/8", "11")]
    [InlineData("%ax:b64@0/64", "2748")]
    [InlineData("%ax:b1@63/64", "0")]
    [InlineData("%ax:b4@18446744073709551618/8", "15")]
    [InlineData("%ax:b1@02000000000000000000000/8", "0")]
    [InlineData("+8($stack):b4@0/8[2]", "{2,0}")]
    [InlineData("$comm", "\"fx\"")]
    public void Fetches(string expression, string shown)
    {
        var hit = new Hit("p:g/e /bin/fx:0x1000 v=" + expression);
        hit.Regs.rsp = Data;
        hit.Regs.rax = 0xabc;
        hit.Memory.Map(Data, 0x11, 0x22, 0x33, Data + 0x10000, 0x10);
        hit.Memory.Map(Data + 0x10000, "text");
        hit.Memory.Map(Hit.Vaddr - 0x1000, new byte[0x1000]);
        hit.Memory.Map(Hit.Vaddr - 0x1000 + 0x10, [0x5a]);
        Assert.Equal($"e: (0x555555555000) v={shown}", hit.EventText());
    }

    [Theory]
    [InlineData(4051, true)]
    [InlineData(4052, false)]
    public void DropsARecordAbove4072Bytes(int length, bool fits)
    {
        var hit = new Hit("p:g/e /bin/fx:0x1000 s=+0(%di):string");
        hit.Regs.rdi = Data;
        hit.Memory.Map(Data, new string('A', length));
        Assert.Equal(fits, !hit.Record().IsEmpty);
    }

    [Theory]
    [InlineData(4095, false)]
    [InlineData(4096, true)]
    public void AStringWithoutItsEndWithin4096BytesIsAFault(int length, bool isFault)
    {
        var hit = new Hit("p:g/e /bin/fx:0x1000 s=+0(%di):string");
        hit.Regs.rdi = Data;
        hit.Memory.Map(Data, new string('A', length));
        Assert.Equal(isFault, !hit.Record().IsEmpty);
        if (isFault)
        {
            Assert.EndsWith(" s=(fault)", hit.EventText(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void TwoStringsOf2023CharactersFit()
    {
        var hit = new Hit("p:g/e /bin/fx:0x1000 s=+0(%di):string t=+0(%di):string");
        hit.Regs.rdi = Data;
        hit.Memory.Map(Data, new string('A', 2023));
        Assert.Equal(FetchProgram.MaxRecord, new TraceRecord(hit.Record()).Body.Length);
        hit.Memory.Map(Data, new string('A', 2024));
        Assert.True(hit.Record().IsEmpty);
    }

    [Fact]
    public void AStringAtTheVeryEndOfReadableMemoryIsRead()
    {
        var hit = new Hit("p:g/e /bin/fx:0x1000 s=+0(%di):string t=+1(%di):string");
        hit.Regs.rdi = Data + 0x1000 - 5;
        hit.Memory.Map(hit.Regs.rdi, "last");
        Assert.EndsWith(" s=\"last\" t=\"ast\"", hit.EventText(), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatLiesBehindReadableMemoryIsZeroByteByByte()
    {
        var hit = new Hit("p:g/e /bin/fx:0x1000 v=+0(%di):x32 w=+0(%di):x32[2]");
        hit.Regs.rdi = Data + 0x1000 - 2;
        hit.Memory.Map(hit.Regs.rdi, [0xcd, 0xab]);
        Assert.EndsWith(" v=0xabcd w={0xabcd,0x0}", hit.EventText(), StringComparison.Ordinal);
    }

    [Fact]
    public void ReadsWhatTheRegistersPointToAtOnce()
    {
        var hit = new Hit("p:g/e /bin/fx:0x1000 a=+0(%di):u32 s=+0(%si):string b=+8(%dx):u8 c=$stack1:x64 d=@0x5000:u8");
        (hit.Regs.rdi, hit.Regs.rsi, hit.Regs.rdx, hit.Regs.rsp) = (Data, Data + 0x800, Data + 0x3000, Data + 0x5000);
        hit.Memory.Map(Data, [7, 0, 0, 0]);
        hit.Memory.Map(hit.Regs.rsi, "text");
        hit.Memory.Map(hit.Regs.rdx + 8, [9]);
        hit.Memory.Map(hit.Regs.rsp + 8, 0x1234UL);
        hit.Memory.Map(0x5000, [1]);
        Assert.EndsWith(" a=7 s=\"text\" b=9 c=0x1234 d=1", hit.EventText(), StringComparison.Ordinal);
        Assert.Equal(1, hit.Memory.Reads);
    }

    [Fact]
    public void WhatCannotBeReadAtOnceIsReadOneByOne()
    {
        var hit = new Hit("p:g/e /bin/fx:0x1000 a=+0(%di):u32 s=+0(%si):string b=+8(%dx):u8 n=+0(+0(%si)):u8 k=+0(%cx):u8");
        (hit.Regs.rdi, hit.Regs.rsi, hit.Regs.rdx, hit.Regs.rcx) = (Data, Data + 0x2000, Data + 0x4000, 0xffff_8000_0000_0000);
        hit.Memory.Map(Data, [7, 0, 0, 0]);
        hit.Memory.Map(hit.Regs.rdx + 8, [9]);
        Assert.EndsWith(" a=7 s=(fault) b=9 n=0 k=0", hit.EventText(), StringComparison.Ordinal);
    }

    [Fact]
    public void MoreBlocksThanAreKeptAreReadAll()
    {
        string[] registers = ["%di", "%si", "%dx", "%cx", "%r8", "%r9", "%r10", "%r11", "%r12", "%r13"];
        var hit = new Hit("p:g/e /bin/fx:0x1000 " + string.Join(' ', registers.Select((register, i) => $"a{i}=+{i * 0x400}({register}):u8 b{i}=+{i * 0x400}({register}):u8")));
        (hit.Regs.rdi, hit.Regs.rsi, hit.Regs.rdx, hit.Regs.rcx, hit.Regs.r8) = (Data, Data, Data, Data, Data);
        (hit.Regs.r9, hit.Regs.r10, hit.Regs.r11, hit.Regs.r12, hit.Regs.r13) = (Data, Data, Data, Data, Data);
        for (int i = 0; i < registers.Length; i++)
        {
            hit.Memory.Map(Data + (ulong)(i * 0x400), [(byte)i]);
        }

        Assert.EndsWith(string.Concat(Enumerable.Range(0, registers.Length).Select(i => $" a{i}={i} b{i}={i}")), hit.EventText(), StringComparison.Ordinal);
    }

    [Fact]
    public void ReadsNeighbouringFieldsAtOnce()
    {
        string args = string.Join(' ', Enumerable.Range(0, 16).Select(i => $"a{i}=+{i * 4}(%di):u32"));
        var hit = new Hit("p:g/e /bin/fx:0x1000 " + args);
        hit.Regs.rdi = Data;
        hit.Memory.Map(Data, new byte[64]);
        _ = hit.Record();
        Assert.Equal(1, hit.Memory.Reads);
    }

    [Fact]
    public void TakesTheLargestFixedPartThatTheLanguageAllows()
    {
        string args = string.Join(' ', Enumerable.Range(0, 6).Select(i => $"a{i}=+0(%di):x64[64]"));
        var hit = new Hit("p:g/e /bin/fx:0x1000 " + args);
        hit.Regs.rdi = Data;
        hit.Memory.Map(Data, new byte[512]);
        Assert.Equal(16 + 3072, new TraceRecord(hit.Record()).Body.Length);
    }
}
