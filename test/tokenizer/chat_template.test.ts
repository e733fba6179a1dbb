import { expect, test } from "vitest";
import { loadTokenizer, renderChat } from "../../src/tokenizer/mod.ts";

const MESSAGES = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "Hello" },
] as const;

test("Qwen3's and Llama 3's templates render as their models expect", async () => {
  const [qwen, llama] = await Promise.all([loadTokenizer("qwen3"), loadTokenizer("llama3")]);
  const chat = await renderChat(qwen, MESSAGES, { addGenerationPrompt: true });
  expect(chat).toBe(
    "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n" +
      "<|im_start|>assistant\n",
  );
  const tokens = qwen.encodeWithSpecial(chat);
  expect(tokens[0]).toBe(qwen.specialTokens.get("<|im_start|>"));
  expect(qwen.decode(tokens)).toBe(chat);
  expect(await renderChat(llama, MESSAGES)).toContain(
    "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>",
  );
  expect(await renderChat(qwen, MESSAGES, { tools: [{ name: "bash" }] })).toContain('"bash"');
});

test("no template, an unknown one and one that refuses are told", async () => {
  await expect(renderChat(await loadTokenizer("o200k_base"), MESSAGES))
    .rejects.toThrow(/o200k_base has no chat template "default"/);
  const named = {
    name: "mine",
    config: {
      chat_template: [
        { name: "default", template: "{{ raise_exception('no system message') }}" },
        { name: "short", template: "{% for m in messages %}{{ m.role }};{% endfor %}" },
      ],
    },
  };
  await expect(renderChat(named, MESSAGES)).rejects.toThrow(/mine's.*no system message/);
  expect(await renderChat(named, MESSAGES, { template: "short" })).toBe("system;user;");
  await expect(renderChat(named, MESSAGES, { template: "long" })).rejects.toThrow(/"long"/);
});
