// A WASM module behind the classes that the platform asks for.
//
// A panic leaves a module in an unknown state, so it is replaced by a fresh one. Objects that lived
// in the old one cannot go on, nor can one that says so: they are aborted, and the platform makes
// them anew.
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";
import * as wasm from "./index.js";

// What gateway_object.rs says of one that is not what it stored.
const GONE = "this object cannot go on";
const state = wasm.__worker_init_state();

// Replaces the module after a panic.
function revive() {
  if (state.criticalError) {
    wasm.__wbg_reset_state();
    state.criticalError = false;
  }
}

async function guard(act) {
  try {
    return await act();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) state.criticalError = true;
    throw error;
  }
}

export default class extends WorkerEntrypoint {
  fetch(request) {
    revive();
    return guard(() => wasm.fetch.call(this, request, this.env, this.ctx));
  }
}

// The class of a Durable Object, by its name in the module.
export function object(name) {
  return class extends DurableObject {
    constructor(ctx, env) {
      super(ctx, env);
      revive();
      this.module = state.instanceId;
      this.object = new wasm[name](ctx, env);
    }

    async call(name, ...args) {
      if (state.criticalError || this.module !== state.instanceId) {
        this.ctx.abort("a panic ended this object");
      }
      try {
        return await guard(() => this.object[name](...args));
      } catch (error) {
        if (`${error}`.includes(GONE)) this.ctx.abort(GONE);
        throw error;
      }
    }

    fetch(request) {
      return this.call("fetch", request);
    }

    alarm() {
      return this.call("alarm");
    }

    webSocketMessage(socket, message) {
      return this.call("webSocketMessage", socket, message);
    }

    webSocketClose(socket, code, reason, wasClean) {
      return this.call("webSocketClose", socket, code, reason, wasClean);
    }

    webSocketError(socket, error) {
      return this.call("webSocketError", socket, error);
    }
  };
}

