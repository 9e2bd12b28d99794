interface Problem {
  code?: string;
  detail?: string;
  title?: string;
  field?: string;
  request_id?: string;
}

/** The API said no; the message is its `detail`. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly requestId: string | null = null,
  ) {
    super(detail);
  }

  static async of(response: Response): Promise<ApiError> {
    const problem = await response.json().then(
      (body: unknown) => body as Problem,
      () => ({}) as Problem,
    );
    const detail = problem.detail ?? problem.title ?? `The server answered ${response.status}.`;
    return new ApiError(response.status, problem.code ?? 'unknown', detail, problem.request_id ?? null);
  }

  get isUnknownService(): boolean {
    return this.code === 'unknown_service';
  }

  get needsToken(): boolean {
    return this.status === 401 || (this.status === 403 && this.message.includes('token'));
  }
}

/** No answer came, or not all of it. */
export class NetworkError extends Error {
  constructor(method: string) {
    super(
      method === 'GET'
        ? 'The Port Manager does not answer.'
        : 'The Port Manager did not answer. Whether the change was made is not known: look before you repeat it.',
    );
  }
}

export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

export function wasAborted(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === 'AbortError';
}
