// Commands come as lines of JSON on the standard input, events go as such to the standard output.
import { createInterface } from "node:readline";

export function tell(event, members = {}) {
  process.stdout.write(`${JSON.stringify({ event, ...members })}\n`);
}

// Does each command with the function of its name; ends when the input does.
export async function obey(commands) {
  for await (const line of createInterface({ input: process.stdin })) {
    const { do: name, ...command } = JSON.parse(line);
    await commands[name](command);
  }
}
