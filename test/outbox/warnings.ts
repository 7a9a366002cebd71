import { onTestFinished, vi } from "vitest";

/** What process warnings the test brings, which are kept from the terminal. */
export function warnings(): readonly string[] {
  const messages: string[] = [];
  const emit = vi.spyOn(process, "emitWarning").mockImplementation((message) => {
    messages.push(String(message));
  });
  onTestFinished(() => emit.mockRestore());
  return messages;
}
