/** What the tests use of s3rver, which comes without types. */
declare module "s3rver" {
  import type { RequestListener } from "node:http";

  class S3rver {
    constructor(options: object);
    configureBuckets(): Promise<void>;
    callback(): RequestListener;
  }

  export = S3rver;
}
