// Work that takes long is done in turns, so that what was pressed meanwhile is answered and what was drawn is painted.

/** Lets the browser do what else is waiting, then goes on. */
export function turn(): Promise<void> {
  return new Promise(done => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      done();
    };
    port2.postMessage(0);
  });
}
